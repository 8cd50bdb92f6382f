package cli

import (
	"context"
	"fmt"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/spf13/cobra"

	"cc-eventbridge/function/contract"
)

const (
	promote  = "promote"
	rollback = "rollback"
)

func (a *app) promote() *cobra.Command {
	return &cobra.Command{
		Use:   "promote (--stack NAME | --outputs FILE) VERSION",
		Short: "Have the alias, and so the consumer, use a version of the function",
		Long: `Points the alias that the consumer calls at a published version of the function: the next batch runs it, batches under way end
with the one before.

Use it to go back to a newer version after a rollback.

` + aliasHelp,
		Example: `  ops promote --stack prod --dry-run 8
  ops promote --stack prod 8`,
		Args: cobra.ExactArgs(1),
		RunE: a.runs(func(ctx context.Context, args []string) error { return a.runAlias(ctx, promote, args[0]) }),
	}
}

func (a *app) rollback() *cobra.Command {
	return &cobra.Command{
		Use:   "rollback (--stack NAME | --outputs FILE) [VERSION]",
		Short: "Have the alias, and so the consumer, use the version before",
		Long: `Points the alias that the consumer calls at the published version before the one it has, or at the one that is named: the next
batch runs it, batches under way end with the one before.

Use it when a new version of the function fails.

` + aliasHelp,
		Example: `  ops rollback --stack prod --dry-run
  ops rollback --stack prod 6`,
		Args: cobra.MaximumNArgs(1),
		RunE: a.runs(func(ctx context.Context, args []string) error {
			version := ""
			if len(args) > 0 {
				version = args[0]
			}
			return a.runAlias(ctx, rollback, version)
		}),
	}
}

const aliasHelp = `A version has its code and its settings, as they were when it was published. The stack does not know of
it: it says what a preview will show.

It never deletes a version, and never changes an alias that somebody else has changed meanwhile.`

func (a *app) runAlias(ctx context.Context, verb, version string) error {
	if err := a.stack.open(ctx); err != nil {
		return err
	}
	queue, err := a.stack.target(contract.OutputIngestionQueueURL) // it names the region
	if err != nil {
		return err
	}
	function, alias, err := functionAndAlias(a.stack.output)
	if err != nil {
		return err
	}
	config, err := a.account.config(ctx, queue)
	if err != nil {
		return err
	}
	client, at := lambda.NewFromConfig(config), target{function, "output " + contract.OutputFunction}
	now, err := client.GetAlias(ctx, &lambda.GetAliasInput{FunctionName: &function, Name: &alias})
	if err != nil {
		return queueProblem(ctx, config, at, err)
	}
	var versions []types.FunctionConfiguration
	for pages := lambda.NewListVersionsByFunctionPaginator(client, &lambda.ListVersionsByFunctionInput{FunctionName: &function}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return queueProblem(ctx, config, at, err)
		}
		versions = append(versions, page.Versions...)
	}
	was := aws.ToString(now.FunctionVersion)
	chosen, err := choose(versions, verb, was, version)
	if err != nil {
		return err
	}
	result := switched{
		What: "the alias " + alias, Was: "version " + was, Is: "version " + aws.ToString(chosen.Version), Preview: fmt.Sprintf(
			"nothing; with --refresh it shows functionVersion: %q => %q of the Alias, and pulumi up --refresh takes this back",
			aws.ToString(chosen.Version), was),
		Agree: "deploy the sources of that version with pulumi up; no config key says it",
	}
	if was == aws.ToString(chosen.Version) && now.RoutingConfig == nil || a.dryRun {
		return a.reportSwitched(result)
	}
	if err := a.confirm(ctx, fmt.Sprintf("The alias %s of %s has version %s: have it version %s, published %s?",
		alias, function, was, aws.ToString(chosen.Version), aws.ToString(chosen.LastModified))); err != nil {
		return err
	}
	if _, err := client.UpdateAlias(ctx, &lambda.UpdateAliasInput{
		FunctionName: &function, Name: &alias, FunctionVersion: chosen.Version, RevisionId: now.RevisionId,
		RoutingConfig: &types.AliasRoutingConfiguration{AdditionalVersionWeights: map[string]float64{}}, // all to this version
	}); err != nil {
		return queueProblem(ctx, config, at, err)
	}
	return a.reportSwitched(result)
}

// choose finds a version among those that are published. Without a name it is the newest before the one that the alias has.
func choose(versions []types.FunctionConfiguration, verb, has, name string) (*types.FunctionConfiguration, error) {
	current, err := strconv.Atoi(has)
	if err != nil {
		return nil, fmt.Errorf("the alias has version %q, should be a number", has)
	}
	var chosen *types.FunctionConfiguration
	best := 0
	for i, v := range versions {
		number, err := strconv.Atoi(aws.ToString(v.Version))
		switch {
		case err != nil: // $LATEST
		case name != "" && aws.ToString(v.Version) == name, name == "" && number < current && number > best:
			chosen, best = &versions[i], number
		}
	}
	switch {
	case chosen == nil && name == "":
		return nil, fmt.Errorf("there is no version before %s: nothing to go back to", has)
	case chosen == nil:
		return nil, fmt.Errorf("there is no version %q: \"aws lambda list-versions-by-function\" lists them", name)
	case verb == rollback && best > current:
		return nil, usagef("version %s is newer than %s: promote it", name, has)
	}
	return chosen, nil
}
