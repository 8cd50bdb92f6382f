package awsprovider

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eventbridge"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	sdk "github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"

	"cc-eventbridge/genesys/plugin"
)

// placeholderAccount stands for the account in previews without an emulator; AWS uses it in its own examples.
// AWS_ACCOUNT_ID overrules it, for previews whose ARNs should be those of a real account.
const placeholderAccount = "123456789012"

// Invoke answers the functions about the account, the region, a quota, partner event sources and policies.
func (p *Provider) Invoke(ctx context.Context, req sdk.InvokeRequest) (sdk.InvokeResponse, error) {
	region := p.configured().region
	partition := partitionOf(region)
	var out args
	switch req.Tok {
	case "aws:index/getCallerIdentity:getCallerIdentity":
		id, err := p.callerIdentity(ctx)
		if err != nil {
			return sdk.InvokeResponse{}, err
		}
		out = id
	case "aws:index/getRegion:getRegion":
		in := plugin.Plain(req.Args)
		if want := in.Text("name"); want != "" {
			region = want
		}
		out = args{
			"id": region, "name": region, "description": region,
			"endpoint": fmt.Sprintf("ec2.%s.%s", region, suffixOf(partitionOf(region))),
		}
	case "aws:index/getPartition:getPartition":
		reverse := "com.amazonaws"
		if partition == "aws-cn" {
			reverse = "cn.com.amazonaws"
		}
		out = args{
			"id": partition, "partition": partition, "dnsSuffix": suffixOf(partition), "reverseDnsPrefix": reverse,
		}
	case "aws:servicequotas/getServiceQuota:getServiceQuota":
		quota, err := quotaOf(plugin.Plain(req.Args))
		if err != nil {
			return sdk.InvokeResponse{}, err
		}
		out = quota
	case "aws:cloudwatch/getEventSource:getEventSource":
		source, err := p.eventSource(ctx, plugin.Plain(req.Args).Text("namePrefix"))
		if err != nil {
			return sdk.InvokeResponse{}, err
		}
		out = source
	case "aws:iam/getPolicy:getPolicy":
		document, err := p.managedPolicy(ctx, plugin.Plain(req.Args).Text("arn"))
		if err != nil {
			return sdk.InvokeResponse{}, err
		}
		out = document
	case "aws:iam/getPrincipalPolicySimulation:getPrincipalPolicySimulation":
		results, err := p.simulated(ctx, plugin.Plain(req.Args))
		if err != nil {
			return sdk.InvokeResponse{}, err
		}
		out = results
	default:
		return sdk.InvokeResponse{}, fmt.Errorf("function %s is not implemented by this stand-in for the aws provider, which has "+
			"getCallerIdentity, getRegion, getPartition, getServiceQuota, getEventSource, getPolicy and getPrincipalPolicySimulation; install "+
			"the published plugin to use it", req.Tok)
	}
	return sdk.InvokeResponse{Properties: plugin.ToProperty(out).ObjectValue()}, nil
}

func (p *Provider) callerIdentity(ctx context.Context) (args, error) {
	if p.endpoint == "" {
		account := fromEnvironment("AWS_ACCOUNT_ID")
		if account == "" {
			account = placeholderAccount
		}
		partition := partitionOf(p.configured().region)
		return args{"id": account, "accountId": account, "userId": account, "arn": fmt.Sprintf("arn:%s:iam::%s:root", partition, account)}, nil
	}
	c, err := p.reach()
	if err != nil {
		return nil, err
	}
	ctx, cancel := p.Operation(ctx, 0)
	defer cancel()
	id, err := c.sts().GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return nil, fmt.Errorf("asking the emulator for the caller's identity: %w", err)
	}
	return args{
		"id": aws.ToString(id.Account), "accountId": aws.ToString(id.Account), "userId": aws.ToString(id.UserId), "arn": aws.ToString(id.Arn),
	}, nil
}

// quotaOf answers what an account has to begin with. The emulator knows no quotas.
func quotaOf(in args) (args, error) {
	const concurrentExecutions = "L-B99A9384"
	if in.Text("serviceCode") != "lambda" || in.Text("quotaCode") != concurrentExecutions {
		return nil, fmt.Errorf("this stand-in for the aws provider knows no quota %s of %s", in.Text("quotaCode"), in.Text("serviceCode"))
	}
	return args{
		"id": concurrentExecutions, "quotaCode": concurrentExecutions, "quotaName": "Concurrent executions", "serviceCode": "lambda",
		"serviceName": "AWS Lambda", "value": 1000.0, "defaultValue": 1000.0, "adjustable": true, "globalQuota": false,
	}, nil
}

// eventSource finds the one partner event source whose name starts with a prefix.
func (p *Provider) eventSource(ctx context.Context, prefix string) (args, error) {
	c, err := p.reach()
	if err != nil {
		return nil, err
	}
	ctx, cancel := p.Operation(ctx, 0)
	defer cancel()
	listed, err := c.events().ListEventSources(ctx, &eventbridge.ListEventSourcesInput{NamePrefix: aws.String(prefix)})
	if err != nil {
		return nil, fmt.Errorf("listing the partner event sources: %w", err)
	}
	found := unlistedSources(listed.EventSources, p.configured().region, prefix)
	switch len(found) {
	case 0:
		return nil, errors.New("no matching partner event source")
	case 1:
	default:
		return nil, errors.New("multiple event sources matched; use additional constraints to reduce matches to a single event source")
	}
	source := found[0]
	return args{
		"id": aws.ToString(source.Name), "arn": aws.ToString(source.Arn), "createdBy": aws.ToString(source.CreatedBy),
		"name": aws.ToString(source.Name), "namePrefix": prefix, "state": string(source.State),
	}, nil
}
