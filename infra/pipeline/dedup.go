package pipeline

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/dynamodb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/function/contract"
)

// dedupTable remembers which events were processed, and who is processing which now. It is billed on demand, since
// contact-centre traffic comes in bursts; expired records delete themselves.
type dedupTable struct {
	*part
	table *dynamodb.Table
}

func newDedupTable(s *stack) (*dedupTable, error) {
	group, err := s.part("DedupTable", "dedup")
	if err != nil {
		return nil, err
	}
	table, err := dynamodb.NewTable(s.ctx, s.resource("dedup"), &dynamodb.TableArgs{
		Name:        pulumi.String(s.names.dedup),
		BillingMode: pulumi.String("PAY_PER_REQUEST"),
		HashKey:     pulumi.String(contract.TableKey),
		Attributes: dynamodb.TableAttributeArray{
			&dynamodb.TableAttributeArgs{Name: pulumi.String(contract.TableKey), Type: pulumi.String("S")},
		},
		Ttl: &dynamodb.TableTtlArgs{
			AttributeName: pulumi.String(contract.TableExpires),
			Enabled:       pulumi.Bool(true),
		},
		PointInTimeRecovery:       &dynamodb.TablePointInTimeRecoveryArgs{Enabled: pulumi.Bool(true)},
		DeletionProtectionEnabled: pulumi.Bool(s.ProtectData),
	}, pulumi.Parent(group), pulumi.Protect(s.ProtectData))
	if err != nil {
		return nil, err
	}
	return &dedupTable{part: group, table: table}, group.done(pulumi.Map{contract.OutputDedupTable: table.Name})
}
