package lambdatest

import "testing"

func TestPeakIsVmHWM(t *testing.T) {
	cases := []struct {
		name, status string
		want         int64
		fails        bool
	}{
		{"among other lines", "Name:\tx\nVmPeak:\t 9999 kB\nVmHWM:\t    1740 kB\nVmRSS:\t 12 kB\n", 1740 * 1024, false},
		{"missing in a process that ended", "Name:\tx\nState:\tZ (zombie)\n", 0, true},
		{"in a unit that is not known", "VmHWM:\t 1740 MB\n", 0, true},
		{"not a number", "VmHWM:\t many kB\n", 0, true},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := parsePeak([]byte(c.status))
			if got != c.want || (err != nil) != c.fails {
				t.Errorf("parsePeak = %d, %v, want %d, failing %v", got, err, c.want, c.fails)
			}
		})
	}
}
