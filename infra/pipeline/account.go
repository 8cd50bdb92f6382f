package pipeline

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/servicequotas"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"cc-eventbridge/infra/settings"
)

// concurrentExecutions is the code of Lambda's quota "Concurrent executions" in Service Quotas.
const concurrentExecutions = "L-B99A9384"

// checkAccount compares the settings with the account's quota. Whoever may not read it deploys all the same: AWS refuses a
// reservation that is too large, though in the middle of `up`.
func checkAccount(s *stack, of pulumi.Resource) error {
	quota, err := servicequotas.LookupServiceQuota(s.ctx, &servicequotas.LookupServiceQuotaArgs{
		ServiceCode: "lambda", QuotaCode: pulumi.StringRef(concurrentExecutions),
	}, pulumi.Parent(of))
	if err != nil || quota.Value < 1 {
		if s.Function.ReservedConcurrency == settings.Unreserved {
			return nil
		}
		return s.warn(quotaUnknown)
	}
	warnings, err := s.CheckAccount(int(quota.Value))
	if err != nil {
		return fmt.Errorf("the configuration does not fit the AWS account %s:\n%w", s.where.account, err)
	}
	return s.warn(warnings...)
}
