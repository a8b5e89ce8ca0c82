package gaitway

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	gaitwayv1 "github.com/gaitway/gaitway/clients/go/proto/gaitway/v1"
)

// EncodeTensor makes a tensor of numbers, row-major. The error is an [*ArgumentError] under the given name if the shape
// asks for another count of numbers.
func EncodeTensor(values []float64, name string, shape ...int) (*gaitwayv1.Tensor, error) {
	count, sizes := 1, make([]int64, len(shape))
	for i, size := range shape {
		count *= size
		sizes[i] = int64(size)
	}
	if len(values) != count {
		return nil, argument(name, "it has %d numbers, but must have the shape %s, which is %d",
			len(values), shapeText(sizes), count)
	}
	data := make([]byte, 0, 8*count)
	for _, value := range values {
		data = binary.LittleEndian.AppendUint64(data, math.Float64bits(value))
	}
	return &gaitwayv1.Tensor{Dtype: gaitwayv1.DataType_DATA_TYPE_FLOAT64, Shape: sizes, Data: data}, nil
}

// DecodeTensor copies the numbers out of a tensor of float64 that must have this shape. The error is an [*Error] that
// names the field.
func DecodeTensor(tensor *gaitwayv1.Tensor, name string, shape ...int) ([]float64, error) {
	count := 1
	for _, size := range shape {
		count *= size
	}
	values := make([]float64, count)
	return values, decodeInto(values, tensor, name, shape...)
}

// decodeInto is DecodeTensor into the beginning of out, which is long enough.
func decodeInto(out []float64, tensor *gaitwayv1.Tensor, name string, shape ...int) error {
	count, err := checkTensor(tensor, name, gaitwayv1.DataType_DATA_TYPE_FLOAT64, 8, shape)
	if err != nil {
		return err
	}
	if count > len(out) {
		return unusable("%s has %d numbers where %d are left", name, count, len(out))
	}
	data := tensor.GetData()
	for i := range count {
		out[i] = math.Float64frombits(binary.LittleEndian.Uint64(data[8*i:]))
	}
	return nil
}

// encodeFlags makes a tensor of flags.
func encodeFlags(flags []bool) *gaitwayv1.Tensor {
	data := make([]byte, len(flags))
	for i, flag := range flags {
		if flag {
			data[i] = 1
		}
	}
	return &gaitwayv1.Tensor{
		Dtype: gaitwayv1.DataType_DATA_TYPE_BOOL, Shape: []int64{int64(len(flags))}, Data: data,
	}
}

// decodeFlags copies n flags out of a tensor.
func decodeFlags(tensor *gaitwayv1.Tensor, name string, n int) ([]bool, error) {
	if _, err := checkTensor(tensor, name, gaitwayv1.DataType_DATA_TYPE_BOOL, 1, []int{n}); err != nil {
		return nil, err
	}
	flags := make([]bool, n)
	for i, b := range tensor.GetData() {
		if b > 1 {
			return nil, unusable("%s has the byte %d, but flags are 0 or 1", name, b)
		}
		flags[i] = b == 1
	}
	return flags, nil
}

// optionalFlags are all false where the tensor is absent.
func optionalFlags(tensor *gaitwayv1.Tensor, name string, n int) ([]bool, error) {
	if tensor == nil {
		return make([]bool, n), nil
	}
	return decodeFlags(tensor, name, n)
}

func checkTensor(tensor *gaitwayv1.Tensor, name string, dtype gaitwayv1.DataType, size int, shape []int) (int, error) {
	if tensor == nil {
		return 0, unusable("%s is missing", name)
	}
	// UNSPECIFIED is read as FLOAT64.
	actual := max(tensor.GetDtype(), gaitwayv1.DataType_DATA_TYPE_FLOAT64)
	if actual != dtype {
		return 0, unusable("%s is %v, but must be %v", name, actual, dtype)
	}
	fits := len(tensor.GetShape()) == len(shape)
	count := 1
	for i, want := range shape {
		fits = fits && tensor.GetShape()[i] == int64(want)
		count *= want
	}
	if !fits || len(tensor.GetData()) != count*size {
		return 0, unusable("%s has the shape %s and %d bytes, but must have %s and %d", name,
			shapeText(tensor.GetShape()), len(tensor.GetData()), strings.ReplaceAll(fmt.Sprint(shape), " ", ", "), count*size)
	}
	return count, nil
}

// rowsOf is the first size of a tensor, 0 of an absent one.
func rowsOf(tensor *gaitwayv1.Tensor) int {
	if shape := tensor.GetShape(); len(shape) > 0 {
		return int(min(max(shape[0], 0), math.MaxInt32))
	}
	return 0
}

func shapeText(shape []int64) string {
	words := make([]string, len(shape))
	for i, size := range shape {
		words[i] = fmt.Sprint(size)
	}
	return "(" + strings.Join(words, ", ") + ")"
}

// wholeRows is the number of rows of this width.
func wholeRows(values []float64, name string, width int) (int, error) {
	if len(values)%width != 0 {
		return 0, argument(name, "it has %d numbers; rows of %d need a multiple of that", len(values), width)
	}
	return len(values) / width, nil
}
