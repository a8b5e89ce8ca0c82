package gaitway

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Deepest nesting of lists and objects in a policy file.
const maxDepth = 64

// parseJSON reads a JSON text (RFC 8259) as nil, bool, float64 (infinite where it is beyond all doubles), string, []any
// and map[string]any. It throws a [fileProblem] for what is no JSON, and for an object with two fields of one name.
func parseJSON(content []byte) any {
	if len(content) > maxPolicyBytes {
		problem("it must have at most %d MiB", maxPolicyBytes>>20)
	}
	if !utf8.Valid(content) {
		problem("it is not UTF-8")
	}
	var whole json.RawMessage
	if err := json.Unmarshal(content, &whole); err != nil {
		problem("it is not JSON: %v", err)
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	return jsonValue(decoder, 0)
}

func jsonValue(decoder *json.Decoder, depth int) any {
	if depth > maxDepth {
		problem("it is nested deeper than %d levels", maxDepth)
	}
	token := jsonToken(decoder)
	switch token := token.(type) {
	case json.Delim:
		if token == '[' {
			list := []any{}
			for decoder.More() {
				list = append(list, jsonValue(decoder, depth+1))
			}
			jsonToken(decoder)
			return list
		}
		object := map[string]any{}
		for decoder.More() {
			name := jsonToken(decoder).(string)
			if _, twice := object[name]; twice {
				problem("the key %s occurs twice in an object", quoted(name))
			}
			object[name] = jsonValue(decoder, depth+1)
		}
		jsonToken(decoder)
		return object
	case json.Number:
		// Beyond all doubles it is infinite, which the field then refuses.
		number, _ := strconv.ParseFloat(token.String(), 64)
		return number
	default:
		return token
	}
}

func jsonToken(decoder *json.Decoder) json.Token {
	token, err := decoder.Token()
	if err != nil {
		problem("it is not JSON: %v", err)
	}
	return token
}

// field is a value of a JSON file that knows where it stands. Its methods throw a [fileProblem].
type field struct {
	value any
	path  string
}

// absent is the value of a field that is not there.
type absent struct{}

func (f field) object() map[string]any {
	object, ok := f.value.(map[string]any)
	f.require(ok, "an object")
	return object
}

func (f field) has(name string) bool {
	_, has := f.object()[name]
	return has
}

func (f field) child(name string) field {
	value, has := f.object()[name]
	if !has {
		value = absent{}
	}
	return field{value, f.childPath(name)}
}

func (f field) childPath(name string) string {
	if f.path == "" {
		return name
	}
	return f.path + "." + name
}

// only checks that an object has these fields and no others.
func (f field) only(required []string, optional ...string) {
	object := f.object()
	var names []string
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	known := append(slices.Clone(required), optional...)
	for _, name := range names {
		if !slices.Contains(known, name) {
			problem("%s is unknown; known are %s", f.childPath(cut(name)), strings.Join(known, ", "))
		}
	}
	for _, name := range required {
		if _, has := object[name]; !has {
			problem("%s is missing", f.childPath(name))
		}
	}
}

func (f field) items(least, most int) []field {
	list, ok := f.value.([]any)
	f.require(ok, "a list")
	if len(list) < least || len(list) > most {
		allowed := fmt.Sprint(least)
		if least != most {
			allowed = fmt.Sprintf("%d to %d", least, most)
		}
		problem("%s must have %s entries, but has %d", f.path, allowed, len(list))
	}
	items := make([]field, len(list))
	for i, value := range list {
		items[i] = field{value, fmt.Sprintf("%s[%d]", f.path, i)}
	}
	return items
}

func (f field) number() float64 {
	number, ok := f.value.(float64)
	f.require(ok && !math.IsInf(number, 0), "a finite number")
	return number
}

func (f field) positive() float64 {
	number := f.number()
	f.require(number > 0, "a number above 0")
	return number
}

func (f field) numbers(least, most int) []float64 {
	var list []float64
	for _, item := range f.items(least, most) {
		list = append(list, item.number())
	}
	return list
}

func (f field) positives(count int) []float64 {
	var list []float64
	for _, item := range f.items(count, count) {
		list = append(list, item.positive())
	}
	return list
}

func (f field) index(count int) int {
	number := f.number()
	f.require(number == math.Trunc(number) && number >= 0 && number < float64(count),
		fmt.Sprintf("a whole number from 0 to %d", count-1))
	return int(number)
}

// names are distinct texts, at least one.
func (f field) names() []string {
	var names []string
	seen := map[string]bool{}
	for _, item := range f.items(1, maxWidth) {
		name := item.text()
		item.require(!seen[name], "a name that no earlier entry has")
		seen[name] = true
		names = append(names, name)
	}
	return names
}

func (f field) text() string {
	text, ok := f.value.(string)
	f.require(ok, "a text")
	return text
}

func (f field) oneOf(allowed ...any) any {
	for _, value := range allowed {
		if value == scalar(f.value) {
			return value
		}
	}
	words := make([]string, len(allowed))
	for i, value := range allowed {
		words[i] = described(value)
	}
	f.require(false, strings.Join(words, " or "))
	return nil
}

// scalar is nil for lists and objects, which == panics at.
func scalar(value any) any {
	switch value.(type) {
	case []any, map[string]any:
		return nil
	}
	return value
}

func (f field) require(ok bool, allowed string) {
	if ok {
		return
	}
	path, actual := f.path, "is "+described(f.value)
	if path == "" {
		path = "the file"
	}
	if _, missing := f.value.(absent); missing {
		actual = "is missing"
	}
	problem("%s must be %s, but %s", path, allowed, actual)
}

func described(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case string:
		return cut(quoted(value))
	case []any:
		return fmt.Sprintf("a list of %d", len(value))
	case map[string]any:
		return "an object"
	default:
		return cut(fmt.Sprint(value))
	}
}

func quoted(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text)
	return strings.TrimSuffix(b.String(), "\n")
}

func cut(text string) string {
	if runes := []rune(text); len(runes) > 60 {
		return string(runes[:57]) + "..."
	}
	return text
}
