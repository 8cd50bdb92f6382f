package harness

import (
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// decoding and encoding are how the SDK's own request and response types become AWS JSON: field for field, except that
// an attribute value is an object whose only name is its type.
var (
	decoding = json.WithUnmarshalers(json.UnmarshalFromFunc(decodeValue))
	encoding = json.JoinOptions(json.OmitZeroStructFields(true), json.WithMarshalers(json.MarshalToFunc(encodeValue)))
)

// decodeValue reads one attribute value.
func decodeValue(in *jsontext.Decoder, value *types.AttributeValue) error {
	if _, err := in.ReadToken(); err != nil { // the brace: anything else fails at the name
		return err
	}
	name, err := in.ReadToken()
	if err != nil {
		return err
	}
	if name.Kind() != '"' {
		return fmt.Errorf("an attribute value begins with %s, want one of its type names", name)
	}
	switch typeName := name.String(); typeName {
	case "S":
		*value, err = member(in, func(v string) types.AttributeValue { return &types.AttributeValueMemberS{Value: v} })
	case "N":
		*value, err = member(in, func(v string) types.AttributeValue { return &types.AttributeValueMemberN{Value: v} })
	case "B":
		*value, err = member(in, func(v []byte) types.AttributeValue { return &types.AttributeValueMemberB{Value: v} })
	case "BOOL":
		*value, err = member(in, func(v bool) types.AttributeValue { return &types.AttributeValueMemberBOOL{Value: v} })
	case "NULL":
		*value, err = member(in, func(v bool) types.AttributeValue { return &types.AttributeValueMemberNULL{Value: v} })
	case "L":
		*value, err = member(in, func(v []types.AttributeValue) types.AttributeValue { return &types.AttributeValueMemberL{Value: v} })
	case "M":
		*value, err = member(in, func(v map[string]types.AttributeValue) types.AttributeValue {
			return &types.AttributeValueMemberM{Value: v}
		})
	default:
		return fmt.Errorf("attribute values of type %q are not implemented here", typeName)
	}
	if err != nil {
		return err
	}
	end, err := in.ReadToken()
	if err == nil && end.Kind() != '}' {
		err = fmt.Errorf("an attribute value has a second type name %s", end)
	}
	return err
}

// member reads what an attribute value holds.
func member[T any](in *jsontext.Decoder, wrap func(T) types.AttributeValue) (types.AttributeValue, error) {
	var held T
	if err := json.UnmarshalDecode(in, &held); err != nil {
		return nil, err
	}
	return wrap(held), nil
}

// encodeValue writes one attribute value.
func encodeValue(out *jsontext.Encoder, value types.AttributeValue) error {
	var typeName string
	var held any
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		typeName, held = "S", v.Value
	case *types.AttributeValueMemberN:
		typeName, held = "N", v.Value
	case *types.AttributeValueMemberB:
		typeName, held = "B", v.Value
	case *types.AttributeValueMemberBOOL:
		typeName, held = "BOOL", v.Value
	case *types.AttributeValueMemberNULL:
		typeName, held = "NULL", v.Value
	case *types.AttributeValueMemberL:
		typeName, held = "L", v.Value
	case *types.AttributeValueMemberM:
		typeName, held = "M", v.Value
	default:
		return fmt.Errorf("attribute values of type %T are not implemented here", value)
	}
	if err := out.WriteToken(jsontext.BeginObject); err != nil {
		return err
	}
	if err := out.WriteToken(jsontext.String(typeName)); err != nil {
		return err
	}
	if err := json.MarshalEncode(out, held); err != nil {
		return err
	}
	return out.WriteToken(jsontext.EndObject)
}
