package process

import (
	"io"
	"strconv"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// MetricNamespace is where CloudWatch shows the function's own metrics, by the name of the function.
const MetricNamespace = "cc-eventbridge"

// metric is a count of one invocation that CloudWatch is told of when it is not 0.
type metric struct {
	name  string
	count int
}

// metrics writes counts in CloudWatch's embedded metric format: a line of the log, at whatever level is logged, from
// which CloudWatch makes metrics (Amazon CloudWatch user guide, "Specification: Embedded metric format"). It takes no call
// and no permission.
type metrics struct {
	mutex    sync.Mutex
	out      io.Writer
	function string
}

// write writes the counts that are not 0, if there are any.
func (w *metrics) write(now time.Time, counts ...metric) {
	var names, values []byte
	for _, m := range counts {
		if m.count == 0 {
			continue
		}
		if len(names) > 0 {
			names = append(names, ',')
		}
		names = append(names, `{"Name":"`+m.name+`","Unit":"Count"}`...)
		values = append(values, `,"`+m.name+`":`+strconv.Itoa(m.count)...)
	}
	if len(names) == 0 || w.out == nil {
		return
	}
	function, _ := jsontext.AppendQuote(nil, w.function)
	line := append([]byte(nil), `{"_aws":{"Timestamp":`+strconv.FormatInt(now.UnixMilli(), 10)+
		`,"CloudWatchMetrics":[{"Namespace":"`+MetricNamespace+`","Dimensions":[["FunctionName"]],"Metrics":[`...)
	line = append(line, names...)
	line = append(line, `]}]},"FunctionName":`...)
	line = append(line, function...)
	line = append(line, values...)
	line = append(line, "}\n"...)
	w.mutex.Lock()
	defer w.mutex.Unlock()
	_, _ = w.out.Write(line) // like a line of the log, it is not worth a batch
}
