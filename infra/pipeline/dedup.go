package pipeline

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const (
	// dedupKey and dedupExpiry are attributes that the function writes; see function/dedup.
	dedupKey    = "eventId"
	dedupExpiry = "expiresAt"
)

// dedupTable remembers which events were processed, and who is processing which now. It is billed on demand, since
// contact-centre traffic comes in bursts; expired records delete themselves.
type dedupTable struct {
	*part
	table *dynamodb.Table
}

func newDedupTable(ctx *pulumi.Context, n names, protect bool) (*dedupTable, error) {
	group, err := newPart(ctx, "DedupTable", "dedup")
	if err != nil {
		return nil, err
	}
	table, err := dynamodb.NewTable(ctx, "dedup", &dynamodb.TableArgs{
		Name:        pulumi.String(n.dedup),
		BillingMode: pulumi.String("PAY_PER_REQUEST"),
		HashKey:     pulumi.String(dedupKey),
		Attributes: dynamodb.TableAttributeArray{
			&dynamodb.TableAttributeArgs{Name: pulumi.String(dedupKey), Type: pulumi.String("S")},
		},
		Ttl:                       &dynamodb.TableTtlArgs{AttributeName: pulumi.String(dedupExpiry), Enabled: pulumi.Bool(true)},
		PointInTimeRecovery:       &dynamodb.TablePointInTimeRecoveryArgs{Enabled: pulumi.Bool(true)},
		DeletionProtectionEnabled: pulumi.Bool(protect),
	}, pulumi.Parent(group), pulumi.Protect(protect))
	if err != nil {
		return nil, err
	}
	return &dedupTable{part: group, table: table}, group.done(ctx, pulumi.Map{"dedupTableName": table.Name})
}
