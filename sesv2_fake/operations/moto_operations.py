"""The operations of SES that moto has, by service.

Made of moto 5.2.5 on 2026-11-27 by reference/moto_operations.py.
"""

OPERATIONS: dict[str, frozenset[str]] = {
    "sesv2": frozenset(
        """
        CreateConfigurationSet CreateContact CreateContactList CreateDedicatedIpPool
        CreateEmailIdentity CreateEmailIdentityPolicy DeleteConfigurationSet DeleteContact
        DeleteContactList DeleteDedicatedIpPool DeleteEmailIdentity DeleteEmailIdentityPolicy
        GetConfigurationSet GetContact GetContactList GetDedicatedIpPool GetEmailIdentity
        GetEmailIdentityPolicies ListConfigurationSets ListContactLists ListContacts
        ListDedicatedIpPools ListEmailIdentities ListTagsForResource SendEmail TagResource
        UntagResource UpdateContact UpdateContactList UpdateEmailIdentityPolicy
        """.split()  # noqa: SIM905 - words wrap by themselves
    ),
    "ses": frozenset(
        """
        CloneReceiptRuleSet CreateConfigurationSet CreateConfigurationSetEventDestination
        CreateReceiptRule CreateReceiptRuleSet CreateTemplate DeleteConfigurationSet
        DeleteIdentity DeleteReceiptRuleSet DeleteTemplate DescribeActiveReceiptRuleSet
        DescribeConfigurationSet DescribeReceiptRule DescribeReceiptRuleSet
        GetIdentityDkimAttributes GetIdentityMailFromDomainAttributes
        GetIdentityNotificationAttributes GetIdentityVerificationAttributes GetSendQuota
        GetSendStatistics GetTemplate ListConfigurationSets ListIdentities ListReceiptRuleSets
        ListTemplates ListVerifiedEmailAddresses SendBulkTemplatedEmail SendEmail SendRawEmail
        SendTemplatedEmail SetActiveReceiptRuleSet SetIdentityFeedbackForwardingEnabled
        SetIdentityMailFromDomain SetIdentityNotificationTopic TestRenderTemplate
        UpdateConfigurationSetReputationMetricsEnabled UpdateReceiptRule UpdateTemplate
        VerifyDomainDkim VerifyDomainIdentity VerifyEmailAddress VerifyEmailIdentity
        """.split()  # noqa: SIM905 - words wrap by themselves
    ),
}
