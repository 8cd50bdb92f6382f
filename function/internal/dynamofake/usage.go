package dynamofake

import (
	"maps"
	"math"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// What a capacity unit covers: DynamoDB developer guide, "DynamoDB read and write operations".
const (
	writeUnitBytes = 1024
	readUnitBytes  = 4096
)

// Usage is what calls cost.
type Usage struct {
	// Calls counts API calls by operation, failed ones included.
	Calls map[string]int
	// WriteUnits and ReadUnits are the consumed capacity.
	WriteUnits, ReadUnits float64
}

// TotalCalls is the number of API calls.
func (u Usage) TotalCalls() int {
	total := 0
	for _, n := range u.Calls {
		total += n
	}
	return total
}

// Usage returns what was used since the start.
func (t *Table) Usage() Usage {
	t.mu.Lock()
	defer t.mu.Unlock()
	u := t.usage
	u.Calls = maps.Clone(u.Calls)
	return u
}

// chargeWrite counts a write of the larger of the two items, applied or refused. The lock must be held.
func (t *Table) chargeWrite(before, after Item) {
	t.usage.WriteUnits += math.Max(1, math.Ceil(float64(max(itemSize(before), itemSize(after)))/writeUnitBytes))
}

// chargeRead counts a read of one item. The lock must be held.
func (t *Table) chargeRead(item Item, consistent bool) {
	units := math.Max(1, math.Ceil(float64(itemSize(item))/readUnitBytes))
	if !consistent {
		units /= 2
	}
	t.usage.ReadUnits += units
}

// itemSize is an item's size as DynamoDB counts it: names and values in UTF-8 bytes.
func itemSize(item Item) int {
	size := 0
	for name, value := range item {
		size += len(name) + valueSize(value)
	}
	return size
}

func valueSize(value types.AttributeValue) int {
	const container = 3 // overhead of a list or a map; every element has one byte more
	switch v := value.(type) {
	case *types.AttributeValueMemberS:
		return len(v.Value)
	case *types.AttributeValueMemberN:
		return (len(v.Value)+1)/2 + 1 // about a byte for two digits, and one for the rest
	case *types.AttributeValueMemberB:
		return len(v.Value)
	case *types.AttributeValueMemberL:
		size := container
		for _, element := range v.Value {
			size += valueSize(element) + 1
		}
		return size
	case *types.AttributeValueMemberM:
		return container + itemSize(v.Value) + len(v.Value)
	default: // booleans and null
		return 1
	}
}
