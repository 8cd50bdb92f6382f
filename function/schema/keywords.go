package schema

// use is what a keyword is about, which decides whether verdicts can be remembered by shape.
type use uint8

const (
	note   use = iota + 1 // says something to people; never refuses anything
	closed                // looks at the types, and at members whose names the schema has
	open                  // looks at members of any name
	value                 // looks at values, or counts elements, or looks at their place
)

// form is where a keyword's value holds schemas.
type form uint8

const (
	plain form = iota // nowhere
	one               // it is a schema
	list              // it is an array of schemas
	named             // it is an object whose members' values are schemas
)

// keyword is what the registry knows of one keyword of draft 2020-12.
type keyword struct {
	use  use
	form form
}

// keywords are those that a schema may use; $schema and $id are allowed in the outermost schema only. The rule for a
// new line: it is value unless it is clear that the answer for a payload is the answer for its shape (see the package).
var keywords = map[string]keyword{
	"$comment":         {use: note},
	"title":            {use: note},
	"description":      {use: note},
	"default":          {use: note},
	"examples":         {use: note},
	"deprecated":       {use: note},
	"readOnly":         {use: note},
	"writeOnly":        {use: note},
	"format":           {use: note},
	"contentEncoding":  {use: note},
	"contentMediaType": {use: note},
	"$defs":            {use: note, form: named},

	"$ref":              {use: closed},
	"type":              {use: closed},
	"required":          {use: closed},
	"dependentRequired": {use: closed},
	"properties":        {use: closed, form: named},
	"dependentSchemas":  {use: closed, form: named},
	"items":             {use: closed, form: one},
	"contains":          {use: closed, form: one},
	"not":               {use: closed, form: one},
	"if":                {use: closed, form: one},
	"then":              {use: closed, form: one},
	"else":              {use: closed, form: one},
	"allOf":             {use: closed, form: list},
	"anyOf":             {use: closed, form: list},
	"oneOf":             {use: closed, form: list},

	"additionalProperties": {use: open, form: one},
	"patternProperties":    {use: open, form: named},
	"minProperties":        {use: open},
	"maxProperties":        {use: open},

	"enum":                  {use: value},
	"const":                 {use: value},
	"multipleOf":            {use: value},
	"minimum":               {use: value},
	"maximum":               {use: value},
	"exclusiveMinimum":      {use: value},
	"exclusiveMaximum":      {use: value},
	"minLength":             {use: value},
	"maxLength":             {use: value},
	"pattern":               {use: value},
	"minItems":              {use: value},
	"maxItems":              {use: value},
	"uniqueItems":           {use: value},
	"minContains":           {use: value},
	"maxContains":           {use: value},
	"prefixItems":           {use: value, form: list},
	"propertyNames":         {use: value, form: one},
	"unevaluatedItems":      {use: value, form: one},
	"unevaluatedProperties": {use: value, form: one},
}

// types are the names that the keyword type takes.
var types = map[string]bool{
	"null": true, "boolean": true, "object": true, "array": true, "number": true, "integer": true, "string": true,
}
