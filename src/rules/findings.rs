//! What a closer look at a brought file found: what kind of thing it is, what differs from the report, and where.
//!
//! A verdict decides; findings explain. A file is *intact* by its signature alone, never by what stands here.

use serde::{Deserialize, Serialize};

use super::png::Png;
use super::verdict::Reason;
use super::words::told;

told! {
    /// What was brought: the closed list. A word never changes its meaning.
    Kind:
    AsIssued = "as-issued", "与签发时完全一致的报告文件", "A report's file, exactly as issued";
    OursChanged = "ours-changed", "源自本平台的报告，但已被改动", "A report of ours that was changed";
    OtherSigner = "other-signer", "由其他人签名的文件", "A file signed by somebody else";
    UnsignedCopy = "unsigned-copy", "本平台报告的副本，没有签名", "A copy of a report of ours, without a signature";
    Pictured = "pictured", "拍照、扫描或打印得到的图像", "A picture: photographed, scanned or printed";
    ResultSheet = "result-sheet", "批量核验的结果清单，不是信用报告", "A sheet of verification results, and no credit report";
    UploadReceipt = "upload-receipt", "上传数据的回执，不是信用报告", "A receipt for uploaded data, and no credit report";
    NotOurs = "not-ours", "与本平台无关的文件", "Nothing of ours";
    Unreadable = "unreadable", "无法读取的文件", "A file that cannot be read";
    NoDocument = "no-document", "只提供了核验码、二维码文本或摘要，没有文件", "A code, the text of a QR or a hash, and no document";
}

/// One thing that differs, or that was done to a file.
///
/// `was` holds words of the report as issued. It is filled only where whoever brought the file has shown to have that report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// What it is: one of the reasons.
    pub attack: Reason,
    /// The page of the brought file, from 1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// The field in Chinese, such as 领域 D012 结论.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// The same field in the facts, such as `domains/D012/conclusion`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// What the report as issued says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was: Option<String>,
    /// What the brought file says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<String>,
}

impl Finding {
    /// A finding about the file as a whole.
    #[must_use]
    pub fn of(attack: Reason) -> Self {
        Self { attack, page: None, field: None, path: None, was: None, now: None }
    }

    /// The same on a page, counted from 1.
    #[must_use]
    pub fn on(self, page: u32) -> Self {
        Self { page: Some(page), ..self }
    }
}

/// How a page looks beside the same page as issued.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageDifference {
    /// The page of the brought file, from 1.
    pub page: u32,
    /// The page of the report as issued that it is compared with, from 1.
    pub issued_page: u32,
    /// The share of the dark dots of both that have no counterpart within a dot, from 0 to 1.
    pub share: f32,
    /// Where they differ: left, top, right and bottom in points from the upper left corner.
    pub boxes: Vec<[f32; 4]>,
    /// The brought page with these places framed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought: Option<Png>,
    /// The page as issued with the same places framed; only for whoever has shown to have the report.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issued: Option<Png>,
}

/// Everything that a closer look found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Findings {
    /// What was brought.
    pub kind: Kind,
    /// What differs and what was done, most important first.
    pub list: Vec<Finding>,
    /// The pages that look different, in order.
    pub comparison: Vec<PageDifference>,
}

impl Findings {
    /// A kind and nothing more to tell.
    #[must_use]
    pub fn only(kind: Kind) -> Self {
        Self { kind, list: Vec::new(), comparison: Vec::new() }
    }
    /// The pictures of the pages, each with a name for a file.
    pub fn pictures(&self) -> impl Iterator<Item = (String, &Png)> {
        self.comparison.iter().flat_map(|page| {
            let brought = page.brought.iter().map(|png| (format!("page-{}-brought.png", page.page), png));
            let issued = page.issued.iter().map(|png| (format!("page-{}-issued.png", page.page), png));
            brought.chain(issued)
        })
    }
}
