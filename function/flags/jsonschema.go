package flags

import _ "embed"

// JSONSchema says in draft-04 what a flags document may be. The stack gives it to AWS AppConfig, which refuses a document that
// Parse would refuse. The function does not use it, and the linker leaves it out there.
//
//go:embed schema.json
var JSONSchema string
