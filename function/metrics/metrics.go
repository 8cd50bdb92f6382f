// Package metrics reports to CloudWatch what the function has counted, in the embedded metric format: a line of the log, at
// whatever level is logged, from which CloudWatch makes metrics (Amazon CloudWatch user guide, "Specification: Embedded
// metric format"). It takes no call and no permission.
package metrics

import (
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"cc-eventbridge/function/contract"
)

// Count is the value of one of the contract's metrics.
type Count struct {
	Name  string
	Value int
}

// Writer writes metrics. It is safe for concurrent use. A nil Writer writes nothing.
type Writer struct {
	mutex    sync.Mutex
	out      io.Writer
	function string
}

// NewWriter returns a Writer of the metrics of a function.
func NewWriter(out io.Writer, function string) *Writer { return &Writer{out: out, function: function} }

// Write writes the counts that are not 0, if there are any, in one line.
func (w *Writer) Write(now time.Time, counts ...Count) {
	if w == nil {
		return
	}
	var names, values []byte
	for _, m := range counts {
		if m.Value == 0 {
			continue
		}
		if len(names) > 0 {
			names = append(names, ',')
		}
		names = append(names, `{"Name":"`+m.Name+`","Unit":"Count"}`...)
		values = append(values, `,"`+m.Name+`":`+strconv.Itoa(m.Value)...)
	}
	if len(names) == 0 {
		return
	}
	function, _ := jsontext.AppendQuote(nil, w.function)
	line := append([]byte(nil), `{"_aws":{"Timestamp":`+strconv.FormatInt(now.UnixMilli(), 10)+
		`,"CloudWatchMetrics":[{"Namespace":"`+contract.MetricNamespace+`","Dimensions":[["`+contract.MetricDimension+`"]],"Metrics":[`...)
	line = append(line, names...)
	line = append(line, `]}]},"`+contract.MetricDimension+`":`...)
	line = append(line, function...)
	line = append(line, values...)
	line = append(line, "}\n"...)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	_, _ = w.out.Write(line) // like a line of the log, it is not worth a batch
}
