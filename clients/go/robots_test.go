package gaitway_test

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gaitway "github.com/gaitway/gaitway/clients/go"
)

const robots = "../conformance/robots"

func TestARobotOfOnesOwn(t *testing.T) {
	client := connect(t)
	files := must[*gaitway.RobotFiles](t)(gaitway.ReadRobot(filepath.Join(robots, "sledge.yaml"), ""))
	sledge := must[*gaitway.AddedEnvironment](t)(client.AddEnvironment(t.Context(), files))
	if !regexp.MustCompile(`^sledge@[0-9a-f]{16}$`).MatchString(sledge.GetId()) || sledge.GetGroundHeight() != 0.5 {
		t.Errorf("%s with a ground at %v was added", sledge.GetId(), sledge.GetGroundHeight())
	}
	if warnings := strings.Join(sledge.Warnings, "\n"); !strings.Contains(warnings, `sledge.xml:7: <geom name="floor">: `) {
		t.Errorf("the warnings are %s", warnings)
	}
	if shape := sledge.GetGeometry()[0].GetShapes()[0]; len(shape.GetPoints()) != 8 || shape.GetRadius() != 0 {
		t.Errorf("the box is %v", shape)
	}
	session := must[*gaitway.Session](t)(client.OpenSession(t.Context(), sledge.GetId(), gaitway.SessionOptions{Environments: 2}))
	before := must[*gaitway.Episodes](t)(session.Reset(t.Context(), gaitway.ResetOptions{Seeds: []uint64{0, 1}})).States
	us := []float64{0.5, -1}
	result := must[*gaitway.StepResult](t)(session.Step(t.Context(), us))
	for i, u := range us {
		expected := 100*(result.States[i*sledge.NX]-before[i*sledge.NX]) + 1 - 0.1*u*u
		if math.Abs(result.Rewards[i]-expected) > 1e-12 {
			t.Errorf("reward %d is %v instead of %v", i, result.Rewards[i], expected)
		}
	}
	swimmer := must[*gaitway.Session](t)(client.OpenSession(t.Context(), "swimmer", gaitway.SessionOptions{}))
	must[*gaitway.Episodes](t)(swimmer.Reset(t.Context(), gaitway.ResetOptions{}))
	if step := must[*gaitway.StepResult](t)(swimmer.Step(t.Context(), make([]float64, 2))); step.Rewards != nil {
		t.Errorf("the swimmer has the rewards %v", step.Rewards)
	}
}

func TestAFileThatMakesNoSenseIsRefusedWithItsLine(t *testing.T) {
	client := connect(t)
	for _, it := range []struct{ task, robot, reason, words string }{
		{"misfit.yaml", "ball.xml", "INVALID_ROBOT", `ball.xml:4: <joint name="shoulder">: `},
		{"misfit.yaml", "outside.xml", "INVALID_ROBOT", "outside.xml:2: <include>: "},
		{"misfit.yaml", "sledge.xml", "INVALID_TASK", "misfit.yaml, line 5: "},
	} {
		files := must[*gaitway.RobotFiles](t)(
			gaitway.ReadRobot(filepath.Join(robots, it.task), filepath.Join(robots, it.robot)))
		_, err := client.AddEnvironment(t.Context(), files)
		var refused *gaitway.Error
		if !errors.As(err, &refused) || refused.Reason != it.reason || !strings.HasPrefix(refused.Message, it.words) {
			t.Errorf("%s with %s: %v", it.task, it.robot, err)
		}
	}
	files := must[*gaitway.RobotFiles](t)(gaitway.ReadRobot(filepath.Join(robots, "sledge.yaml"), ""))
	files.Robot.Text = "\xff"
	var wrong *gaitway.ArgumentError
	if _, err := client.AddEnvironment(t.Context(), files); !errors.As(err, &wrong) {
		t.Errorf("bytes that are no text: %v", err)
	}
}

func TestNothingOutsideOfTheRobotsFolderIsRead(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) {
		file := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o700), os.WriteFile(file, []byte(text), 0o600)); err != nil {
			t.Fatal(err)
		}
	}
	var includes string
	for _, name := range []string{
		filepath.Join(folder, "secret.xml"), "../secret.xml", "parts/../../secret.xml", "link.xml", "./parts//legs.xml",
		"robot.xml",
	} {
		includes += fmt.Sprintf("<include file='%s'/>", name)
	}
	write("secret.xml", "<mujoco/>")
	write("robots/robot.xml", includes)
	write("robots/parts/legs.xml", `<include file="feet.xml"/><include file="no.xml"/>`)
	write("robots/parts/feet.xml", "<mujoco/>")
	write("robots/Two Legs.YAML", "dt: 1\nrobot: robot.xml # beside it\n")
	if err := os.Symlink("../secret.xml", filepath.Join(folder, "robots/link.xml")); err != nil {
		t.Fatal(err)
	}
	files := must[*gaitway.RobotFiles](t)(gaitway.ReadRobot(filepath.Join(folder, "robots/Two Legs.YAML"), ""))
	var names []string
	for _, file := range files.Included {
		names = append(names, file.Name)
	}
	if !slices.Equal(names, []string{"parts/legs.xml", "parts/feet.xml"}) || files.Name != "two-legs" {
		t.Errorf("%s includes %v", files.Name, names)
	}
	write("task.yaml", "dt: 1\n")
	if _, err := gaitway.ReadRobot(filepath.Join(folder, "task.yaml"), ""); err == nil ||
		!strings.Contains(err.Error(), "names no robot") {
		t.Errorf("a task without a robot: %v", err)
	}
	if _, err := gaitway.ReadRobot(filepath.Join(folder, "none.yaml"), ""); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a task that is not there: %v", err)
	}
}
