package cli

import (
	"strings"
	"testing"
)

func TestRollbackAndPromote(t *testing.T) {
	s := newServer(t)
	file := s.outputs(t) // version 7 of 3, 6, 7 and 9
	for _, c := range []struct {
		args []string
		now  string
		says string
	}{
		{[]string{"rollback", "--dry-run"}, "7", "the alias live would be version 6 (it was version 7)"},
		{[]string{"rollback", "--yes"}, "6", "the alias live is version 6 (it was version 7)"},
		{[]string{"rollback", "--yes"}, "3", `with --refresh it shows functionVersion: "3" => "6" of the Alias`},
		{[]string{"promote", "--yes", "9"}, "9", "the alias live is version 9 (it was version 3)"},
		{[]string{"promote", "9"}, "9", "the alias live is version 9 (it was version 9)"},
		{[]string{"rollback", "--yes", "6"}, "6", "is version 6 (it was version 9)"},
	} {
		if r := ran(t, "", append(c.args, "--outputs", file)...); r.status != 0 || s.stack.version != c.now || !strings.Contains(r.out, c.says) {
			t.Errorf("%v: version %s, %+v", c.args, s.stack.version, r)
		}
	}
	ran(t, "", "rollback", "--outputs", file).fails(t, statusUsage, "The alias live of prod-processor has version 6: have it version 3, published 2026-01-31")
	ran(t, "", "rollback", "--outputs", file, "--yes", "9").fails(t, statusUsage, "version 9 is newer than 6: promote it")
	ran(t, "", "promote", "--outputs", file, "--yes", "8").fails(t, statusFailed, `there is no version "8"`)
	ran(t, "", "rollback", "--outputs", file, "--yes", "$LATEST").fails(t, statusFailed, `there is no version "$LATEST"`)
	s.stack.version = "3"
	ran(t, "", "rollback", "--outputs", file, "--yes").fails(t, statusFailed, "there is no version before 3")
}
