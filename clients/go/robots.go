package gaitway

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	gaitwayv1 "github.com/gaitway/gaitway/clients/go/proto/gaitway/v1"
)

// RobotFiles are a robot and what it is asked to do: texts, from wherever they come.
type RobotFiles struct {
	// Name is what to call the environment: 1 to 40 characters of a-z, 0-9 and "-".
	Name string
	// Robot is the robot, in MuJoCo's XML.
	Robot TextFile
	// Included is what the robot's file includes, under the names that it includes it by.
	Included []TextFile
	// Task is the task, in YAML; docs/robots.md says what may stand in it.
	Task TextFile
}

// TextFile is a file's name, for messages and includes, and what is in it.
type TextFile struct{ Name, Text string }

func (f TextFile) message() *gaitwayv1.TextFile {
	return &gaitwayv1.TextFile{Name: f.Name, Text: f.Text}
}

// AddedEnvironment is an environment that was made of files, with its default parameters.
type AddedEnvironment struct {
	*Environment
	// Warnings say what of the robot's file changes the motion but was left out, and what replaces it.
	Warnings []string
}

// AddEnvironment makes an environment of a robot's file and a task's, such as [ReadRobot] reads. Its id then names it to
// [Client.Simulator] and [Client.OpenSession], as long as the server keeps it; adding the same files again is cheap. The
// error's Reason is INVALID_ROBOT or INVALID_TASK if a file makes no sense; its message names file, line and reason.
func (c *Client) AddEnvironment(ctx context.Context, files *RobotFiles) (*AddedEnvironment, error) {
	request := &gaitwayv1.AddEnvironmentRequest{
		Name: files.Name, Robot: files.Robot.message(), Task: files.Task.message(),
	}
	for _, file := range append([]TextFile{files.Robot, files.Task}, files.Included...) {
		if !utf8.ValidString(file.Text) {
			return nil, argument("files", "%s is not text in UTF-8; save it as such", file.Name)
		}
	}
	for _, file := range files.Included {
		request.Included = append(request.Included, file.message())
	}
	response := &gaitwayv1.AddEnvironmentResponse{}
	if err := unary(ctx, c.calls, gaitwayv1.CatalogService_AddEnvironment_FullMethodName,
		plan{operation: "adding the environment " + files.Name}, request, response); err != nil {
		return nil, err
	}
	e, err := environment(response.GetEnvironment())
	if err != nil {
		return nil, err
	}
	return &AddedEnvironment{e, response.GetWarnings()}, nil
}

var (
	includeForm = regexp.MustCompile(`<include\s[^>]*\bfile\s*=\s*(?:"([^"]*)"|'([^']*)')`)
	robotForm   = regexp.MustCompile(`(?m)^robot:\s*(?:"([^"]*)"|'([^']*)'|([^\s#]+))`)
	otherForm   = regexp.MustCompile(`[^a-z0-9]+`)
)

// More files than any server takes.
const mostFiles = 100

// ReadRobot reads a task's file, the robot's, and what that includes in its folder or below; nothing else is read. An
// empty robot is the one that the task names. The environment is called like the task's file.
func ReadRobot(task, robot string) (*RobotFiles, error) {
	text, err := os.ReadFile(task)
	if err != nil {
		return nil, err
	}
	if robot == "" {
		named := robotForm.FindSubmatch(text)
		if named == nil {
			return nil, fmt.Errorf("%s names no robot; add a line such as 'robot: hopper.xml', or give the robot's file", task)
		}
		robot = filepath.Join(filepath.Dir(task), submatch(named))
	}
	content, err := os.ReadFile(robot)
	if err != nil {
		return nil, err
	}
	folder, err := os.OpenRoot(filepath.Dir(robot))
	if err != nil {
		return nil, err
	}
	defer folder.Close()
	files := &RobotFiles{
		Name:  environmentName(task),
		Robot: TextFile{filepath.Base(robot), string(content)},
		Task:  TextFile{filepath.Base(task), string(text)},
	}
	files.include(folder, files.Robot)
	return files, nil
}

// include adds what a file includes; the server says what is missing, outside of the folder, or too much.
func (f *RobotFiles) include(folder *os.Root, from TextFile) {
	for _, found := range includeForm.FindAllSubmatch([]byte(from.Text), -1) {
		name := path.Clean(submatch(found))
		for _, name := range []string{name, path.Join(path.Dir(from.Name), name)} {
			known := name == f.Robot.Name ||
				slices.ContainsFunc(f.Included, func(file TextFile) bool { return file.Name == name })
			if known || !fs.ValidPath(name) || len(f.Included) >= mostFiles {
				continue
			}
			if text, err := folder.ReadFile(name); err == nil {
				file := TextFile{name, string(text)}
				f.Included = append(f.Included, file)
				f.include(folder, file)
			}
		}
	}
}

func submatch(found [][]byte) string {
	for _, group := range found[1:] {
		if group != nil {
			return string(group)
		}
	}
	return ""
}

// environmentName is a name that an environment may have, made of a file's.
func environmentName(task string) string {
	plain := strings.ToLower(filepath.Base(task))
	plain = strings.TrimSuffix(strings.TrimSuffix(plain, ".yaml"), ".yml")
	plain = strings.Trim(otherForm.ReplaceAllString(plain, "-"), "-")
	if plain == "" {
		return "robot"
	}
	return plain[:min(len(plain), 40)]
}
