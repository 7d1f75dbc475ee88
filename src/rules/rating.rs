//! How people rate what was done for them (好差评).

use super::words::told;

told! {
    /// What is rated.
    RatingAct:
        Issue = "issue", "出具报告", "issue of a report";
        Upload = "upload", "报送数据", "upload of data";
        Case = "case", "异议与信用修复", "objection or repair";
        Verify = "verify", "核验报告", "verification of a report";
        File = "file", "核验文件或照片", "verification of a file or a photo";
        Batch = "batch", "批量核验", "verification of many";
        Look = "look", "查看一码通", "look by a one-code";
        Share = "share", "出示与授权", "showing, or a grant";
        Declare = "declare", "声明数据范围", "declaration of coverage";
        Record = "record", "更正、撤回或修复记录", "change of a record";
        Quarantine = "quarantine", "确认待定数据", "decision on a row kept aside";
        Mandate = "mandate", "委托", "mandate";
}

/// The lowest rating that needs no answer.
pub const FAIR: u8 = 3;

/// How many stars there can be, with what each means in Chinese and English.
pub const STARS: [(u8, &str, &str); 5] = [
    (5, "非常满意", "very good"),
    (4, "满意", "good"),
    (3, "基本满意", "fair"),
    (2, "不满意", "bad"),
    (1, "非常不满意", "very bad"),
];
