//! What one account proposes and another one decides.

use super::words::told;

told! {
    /// What is proposed.
    ProposalKind:
        RevokeReport = "revoke-report", "撤销报告", "revoke a report";
        ChangeRules = "change-rules", "修改规则数据", "change the rules";
        MergeSubjects = "merge-subjects", "合并主体", "merge two subjects";
        TakeDomains = "take-domains", "取消数源单位的领域", "take domains from an authority";
}

told! {
    /// How far a proposal has come. Only an open one can be decided, and each is decided once.
    ProposalState:
        Open = "open", "待复核", "waiting for a second person";
        Approved = "approved", "已通过", "approved";
        Declined = "declined", "已驳回", "declined";
        Expired = "expired", "已过期", "expired";
}
