package settings

import (
	"fmt"
	"regexp"
	"strings"
)

// Roles is what a company asks of every role that the program makes.
type Roles struct {
	// PermissionsBoundary is the ARN of a managed policy that bounds what a role may do; empty sets none.
	PermissionsBoundary string
	// Path is the path of the roles, with a slash at both ends; empty is IAM's default, "/".
	Path string
	// ConfirmedPath repeats Path. Where ProtectData is on, both must be the same.
	ConfirmedPath string
}

// maxRolePath is the most characters of a path (IAM API Reference, CreateRole).
const maxRolePath = 512

var (
	boundaryARN = regexp.MustCompile(`^arn:aws(-[a-z]+)*:iam::([0-9]{12}|aws):policy/([\w+=,.@-]+/)*[\w+=,.@-]+$`)
	rolePath    = regexp.MustCompile(`^/([\w+=,.@-]+/)*$`)
)

// reservedPath is where AWS has roles of its own, and nobody else may make one.
const reservedPath = "/aws-service-role/"

// checkRoles guards the path of a stack that is deployed. The program can't see what is deployed, so a protected stack has its
// path named twice: an edit of one key alone is refused.
func (c *checker) checkRoles() {
	r := c.Roles
	if r.PermissionsBoundary != "" && !boundaryARN.MatchString(r.PermissionsBoundary) {
		c.wrongValue("iamPermissionsBoundary", "a permissions boundary is the ARN of a managed policy",
			"pulumi config set iamPermissionsBoundary <arn:aws:iam::account:policy/name>")
	}
	if r.Path != "" && (!rolePath.MatchString(r.Path) || len(r.Path) > maxRolePath || strings.HasPrefix(r.Path, reservedPath)) {
		c.wrongValue("iamPath", wrongPath, "pulumi config set iamPath /<name>/")
	}
	if c.ProtectData && c.sound("protectData", "iamPath", "iamPathConfirmed") && !r.pathIsConfirmed() {
		c.wrongValue("iamPath", fmt.Sprintf(pathReplacesRoles, c.writerMoves()),
			fmt.Sprintf("pulumi config set iamPathConfirmed %s if that is meant or before the first pulumi up, or set iamPath "+
				"back to %s", shownPath(r.Path), shownPath(r.ConfirmedPath)))
	}
}

func (r Roles) pathIsConfirmed() bool { return shownPath(r.Path) == shownPath(r.ConfirmedPath) }

// shownPath is a path as IAM has it.
func shownPath(path string) string {
	if path == "" {
		return "/"
	}
	return path
}

// writerMoves says what another path means to Genesys Cloud.
func (s Settings) writerMoves() string {
	switch {
	case !s.Intake.Direct:
		return "Events wait meanwhile"
	case s.Genesys.Register:
		return writerToldByProgram
	default:
		return writerToldByHand
	}
}
