package awsprovider

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

func kmsTypes() []*resourceType {
	return []*resourceType{
		{
			token: "aws:kms/key:Key",
			inputs: properties{
				"deletionWindowInDays": integer(fallback(30.0), as("PendingWindowInDays")),
				"description":          str(computed),
				"enableKeyRotation":    boolean(fallback(false)),
				"policy":               policy(computed, must(principals)),
				"tags":                 tags(),
			},
			outputs: map[string]string{"arn": "Arn", "keyId": "KeyId"},
			id:      "KeyId=KeyMetadata.KeyId",
			create:  op((*cloud).kms, (*kms.Client).CreateKey),
			passing: unknownPrincipal,
			read:    op((*cloud).kms, (*kms.Client).DescribeKey), found: "KeyMetadata", also: readKeySettings,
			edits: []edit{
				{on: []string{"enableKeyRotation"}, follows: true, do: setRotation},
				{on: []string{"description"}, call: op((*cloud).kms, (*kms.Client).UpdateKeyDescription)},
				{on: []string{"policy"}, call: op((*cloud).kms, (*kms.Client).PutKeyPolicy)},
			},
			remove: op((*cloud).kms, (*kms.Client).ScheduleKeyDeletion),
			gone:   []string{"NotFoundException", "KMSInvalidStateException"}, // pending deletion
			tags: &tagging{
				"keyId", op((*cloud).kms, (*kms.Client).ListResourceTags), op((*cloud).kms, (*kms.Client).TagResource),
				op((*cloud).kms, (*kms.Client).UntagResource),
			},
		},
		{
			token: "aws:kms/alias:Alias",
			inputs: properties{
				"name":        str(identity, as("AliasName"), must(named(256, `[a-zA-Z0-9/_-]`))),
				"targetKeyId": str(required),
			},
			outputs: map[string]string{"arn": "", "targetKeyArn": "Arn"},
			changes: func(args, args) []string { return []string{"targetKeyArn"} },
			id:      "AliasName",
			create:  op((*cloud).kms, (*kms.Client).CreateAlias),
			read:    keyOfAlias, found: "KeyMetadata",
			also: func(_ context.Context, _ *cloud, id string, answer any, _, found args) error {
				key := aws.ToString(answer.(*kms.DescribeKeyOutput).KeyMetadata.KeyId)
				found["name"], found["targetKeyId"] = id, key
				found["arn"] = strings.TrimSuffix(found.Text("targetKeyArn"), "key/"+key) + id
				return nil
			},
			edits:  []edit{{call: op((*cloud).kms, (*kms.Client).UpdateAlias)}},
			remove: op((*cloud).kms, (*kms.Client).DeleteAlias),
			gone:   []string{"NotFoundException"},
		},
	}
}

func setRotation(ctx context.Context, c *cloud, id string, _, next args) error {
	if next.Bool("enableKeyRotation") {
		_, err := c.kms().EnableKeyRotation(ctx, &kms.EnableKeyRotationInput{KeyId: &id})
		return err
	}
	_, err := c.kms().DisableKeyRotation(ctx, &kms.DisableKeyRotationInput{KeyId: &id})
	return err
}

func readKeySettings(ctx context.Context, c *cloud, id string, answer any, _, found args) error {
	if answer.(*kms.DescribeKeyOutput).KeyMetadata.KeyState == types.KeyStatePendingDeletion {
		return errNotFound
	}
	doc, err := c.kms().GetKeyPolicy(ctx, &kms.GetKeyPolicyInput{KeyId: &id, PolicyName: aws.String("default")})
	if err != nil {
		return err
	}
	rotation, err := c.kms().GetKeyRotationStatus(ctx, &kms.GetKeyRotationStatusInput{KeyId: &id})
	if err != nil {
		return err
	}
	found["policy"], found["enableKeyRotation"] = aws.ToString(doc.Policy), rotation.KeyRotationEnabled
	return nil
}

func keyOfAlias(ctx context.Context, c *cloud, fill func(any) error) (any, error) {
	var named struct{ AliasName *string }
	if err := fill(&named); err != nil {
		return nil, err
	}
	return c.kms().DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: named.AliasName})
}
