//! What verification answers: three separate parts, with reasons from a closed and published list.

use serde::{Deserialize, Serialize};

use super::digest::Digest;
use super::facts::Facts;
use super::instant::Instant;
use super::words::{told, words};

words! {
    /// Whether what was brought is what was issued.
    Integrity {
        /// Exactly as issued.
        Intact = "intact",
        /// Ours once, but changed.
        Altered = "altered",
        /// Nothing of ours.
        NotOurs = "not-ours",
        /// It cannot be read.
        Unreadable = "unreadable",
        /// What was brought is not enough to tell.
        CannotTell = "cannot-tell",
    }
}

words! {
    /// Whether the issuer is one we trust.
    IssuerTrust {
        /// A key under the operator's root.
        Trusted = "trusted",
        /// A key we do not know, or none.
        Unknown = "unknown",
        /// A key that was revoked before it signed this.
        KeyRevoked = "key-revoked",
    }
}

words! {
    /// The state of a report. Age never invalidates.
    Status {
        /// It stands.
        Valid = "valid",
        /// Its data were corrected since; a fresh one is free.
        Superseded = "superseded",
        /// A record in it is under objection.
        Disputed = "disputed",
        /// The issuer took it back.
        Revoked = "revoked",
        /// Not known here.
        Unknown = "unknown",
    }
}

told! {
    /// Why a verdict is as it is: the closed list. A word never changes its meaning.
    Reason:
    SignatureValid = "signature-valid", "签名有效，签名后未作任何改动。", "The signature is valid and nothing was changed since.";
    BytesAsIssued = "bytes-as-issued", "文件与本平台签发的文件逐字节一致。", "The file is byte for byte the one that was issued.";
    BytesDiffer = "bytes-differ", "文件与本平台签发的文件不一致。", "The file differs from the one that was issued.";
    CodeFound = "code-found", "核验码对应一份已签发的报告，请逐项核对下列内容与纸面是否一致。", "The code belongs to an issued report: compare what follows with the paper.";
    CodeMistyped = "code-mistyped", "核验码输入有误，请对照报告重新输入。", "The code was mistyped: compare it with the report and type it again.";
    CodeNotFound = "code-not-found", "没有与此核验码对应的报告。", "No report has this code.";
    CodeNeedsStore = "code-needs-store", "仅凭核验码不能离线核验，请联网核验或提供报告文件。", "A code alone cannot be checked offline: go online, or bring the report's file.";
    HashFound = "hash-found", "该摘要对应一份已签发的报告文件。", "The hash is that of an issued report's file.";
    HashNotFound = "hash-not-found", "没有与此摘要对应的报告文件；文件可能被改动，也可能并非本平台签发。", "No issued file has this hash: it was changed, or it is not ours.";
    HashNeedsStore = "hash-needs-store", "仅凭摘要不能离线核验，请联网核验或提供报告文件。", "A hash alone cannot be checked offline: go online, or bring the file.";
    ClaimValid = "claim-valid", "二维码中的签名声明有效，请核对其内容与纸面是否一致。", "The signed claim in the QR is valid: compare it with the paper.";
    SnapshotNotLive = "snapshot-not-live", "这是一码通的签名快照：内容是所示时间的情况，不是实时结果；要看现在的情况，请联网扫码。", "A signed snapshot of a one-code: it says how things stood at its time, and is not live. Scan the code online for how they stand now.";
    ClaimInvalid = "claim-invalid", "二维码中的签名声明无效。", "The signed claim in the QR is not valid.";
    ClaimContradictsCode = "claim-contradicts-code", "二维码中的声明与其核验码不一致。", "The claim in the QR and its code contradict each other.";
    ClaimVersionUnknown = "claim-version-unknown", "二维码声明的版本是本程序所不认识的，请更新核验程序。", "The claim in the QR has a version that this program does not know: update it.";
    QrWithoutClaim = "qr-without-claim", "二维码只含核验地址，不含可离线核验的声明。", "The QR holds only an address and no claim that can be checked offline.";
    QrNotOurs = "qr-not-ours", "该二维码不是本平台的二维码，请勿访问其中的网址。", "The QR is not one of ours: do not visit its address.";
    OriginUnknown = "origin-unknown", "二维码中的网址不是本平台的核验地址。", "The address in the QR is not one of the operator's.";
    Empty = "empty", "文件为空。", "The file is empty.";
    ItemUnreadable = "item-unreadable", "批量文件中的这一项无法读出，请单独核验。", "This item cannot be read out of the batch: verify it by itself.";
    ResultSheet = "result-sheet", "这是批量核验的结果清单，不是信用报告。", "This is a sheet of verification results, and no credit report.";
    UploadReceipt = "upload-receipt", "这是上传数据的回执，不是信用报告。", "This is a receipt for uploaded data, and no credit report.";
    FileMatches = "file-matches", "所附文件就是回执所述的文件。", "The file beside it is the one that the receipt is about.";
    FileDiffers = "file-differs", "所附文件不是回执所述的文件。", "The file beside it is not the one that the receipt is about.";
    TooLarge = "too-large", "文件超过核验的大小上限。", "The file is larger than can be verified.";
    NotPdf = "not-pdf", "文件不是 PDF。", "The file is not a PDF.";
    Truncated = "truncated", "PDF 文件不完整，请重新获取。", "The PDF is cut off: get it again.";
    Encrypted = "encrypted", "PDF 已加密；本平台签发的报告从不加密。", "The PDF is encrypted; reports of ours never are.";
    SignatureMissing = "signature-missing", "文件中没有签名。", "The file carries no signature.";
    SignatureMalformed = "signature-malformed", "签名结构不符合签发格式。", "The signature is not built the way ours are.";
    SignatureInvalid = "signature-invalid", "签名值无效。", "The signature's value is not valid.";
    ContentChanged = "content-changed", "内容在签名后被改动。", "The content was changed after signing.";
    AppendedRevision = "appended-revision", "签名后被追加了内容。", "Something was appended after signing.";
    SecondSignature = "second-signature", "文件含有一个以上的签名。", "The file carries more than one signature.";
    ByteRangeWrong = "byte-range-wrong", "签名没有覆盖整个文件。", "The signature does not cover the whole file.";
    ProfileBroken = "profile-broken", "文件不符合签发格式。", "The file does not keep to the form in which reports are issued.";
    FactsMissing = "facts-missing", "文件中没有可读取的报告数据。", "The file holds no report data that can be read.";
    LooksLikeOurs = "looks-like-ours", "文件带有本平台报告的数据，但不能证明出自本平台。", "The file holds data of one of our reports, but nothing proves that it comes from us.";
    SignerUnknown = "signer-unknown", "签名者不在信任名单之内。", "The signer is not one that is trusted.";
    CertificateInvalid = "certificate-invalid", "签名证书在签名时无效，或证书链不完整。", "The signing certificate was not valid at the time, or its chain is broken.";
    KeyCompromised = "key-compromised", "签名密钥在签名前已被吊销。", "The signing key had been revoked before it signed.";
    SigningTimeUnproven = "signing-time-unproven", "签名密钥已吊销或失密，且无法证明签名早于此。", "The signing key was revoked or compromised, and nothing proves that it signed before that.";
    SignedInFuture = "signed-in-future", "签名时间晚于核验时间，请检查核验设备的时钟。", "It says that it was signed later than now: check the clock of this machine.";
    StatusFromStore = "status-from-store", "状态来自签发平台，为查询时的最新状态。", "The status comes from the issuer and is up to date.";
    StatusFromBundle = "status-from-bundle", "状态来自离线信任包，以其生成时间为准。", "The status comes from the offline bundle and is as old as that.";
    StatusNotKnown = "status-not-known", "离线信任包早于该报告，状态未知。", "The offline bundle is older than the report: its status is not known.";
    ReportRevoked = "report-revoked", "报告已被签发单位撤销，不得使用。", "The issuer revoked the report: it must not be used.";
    ReportSuperseded = "report-superseded", "报告所载数据已更正，请索取新报告。", "Data in the report were corrected: ask for a fresh one.";
    ReportDisputed = "report-disputed", "报告所载记录正在异议处理中。", "A record in the report is under objection.";
    NotInStore = "not-in-store", "签名有效，但签发平台没有这份报告的记录，请联系签发单位。", "The signature is valid, but the issuer has no such report: ask the issuer.";
    TimestampTrusted = "timestamp-trusted", "时间戳可信，证明签名在该时间已经存在。", "The timestamp is trusted: the signature existed at that time.";
    TimestampMissing = "timestamp-missing", "文件没有时间戳，签名时间只有签发者自己的陈述。", "The file carries no timestamp: the time of signing is only what the signer says.";
    TimestampInvalid = "timestamp-invalid", "时间戳无效，或不是为此签名出具的。", "The timestamp is not valid, or not for this signature.";
    TimestampAuthorityUnknown = "timestamp-authority-unknown", "时间戳不是由受信任的时间戳机构出具的。", "The timestamp is not by an authority that is trusted.";
    TimestampAuthorityRevoked = "timestamp-authority-revoked", "时间戳机构的证书当时已失效或已吊销。", "The certificate of the timestamp authority had expired or was revoked.";
    KnownToStore = "known-to-store", "签名密钥后来已吊销或失密；签发平台存有这份报告，且签发在此之前。", "The signing key was revoked or compromised later; the issuer keeps this very report from before that.";
    TrailingBytes = "trailing-bytes", "签名范围之后还有多余字节。", "There are stray bytes after the signed part.";
    PrefixBytes = "prefix-bytes", "文件开头被加入了其他内容，同一文件可能被当作另一种格式打开。", "Something was put before the beginning: the file may open as another kind of file.";
    ByteRangeGap = "byte-range-gap", "签名声明的范围漏掉了签名以外的内容。", "The range of the signature leaves out more than the signature itself.";
    ByteRangeOverlap = "byte-range-overlap", "签名声明的范围重叠、为负或顺序颠倒。", "The range of the signature overlaps, is negative or runs backwards.";
    ByteRangeMalformed = "byte-range-malformed", "签名声明的范围写法异常或超出文件。", "The range of the signature is written in an odd way, or reaches beyond the file.";
    SignatureWrapped = "signature-wrapped", "签名与其所签内容被移入另一份文件（签名包裹攻击）。", "The signature and what it signed were wrapped into another file.";
    SignatureEmptied = "signature-emptied", "签名的值或范围被清空（通用签名伪造）。", "The value or the range of the signature was emptied, so that it cannot fail.";
    SignatureStripped = "signature-stripped", "报告原有的签名被去除。", "The signature that every report carries was taken out.";
    Rewritten = "rewritten", "文件由其他程序重新生成（如另存或打印为 PDF），不是签发的文件。", "Another program wrote the file anew, such as by printing to PDF: it is not the issued file.";
    RevisionEmpty = "revision-empty", "追加了一个修订，但没有发现内容变化。", "A revision was appended, and no change of the content was found.";
    ShadowHide = "shadow-hide", "追加的内容遮盖或隐藏了签名时可见的内容。", "What was appended covers or hides something that was signed.";
    ShadowReplace = "shadow-replace", "追加的内容替换了签名时可见的内容。", "What was appended shows something in the place of what was signed.";
    ShadowHideReplace = "shadow-hide-replace", "追加的内容换上了另一套页面，签名时的页面被隐藏。", "What was appended brings up other pages and hides those that were signed.";
    PagesSwapped = "pages-swapped", "页面顺序被调换。", "Pages changed places.";
    PageMissing = "page-missing", "缺少页面。", "A page is missing.";
    PageAdded = "page-added", "多出了页面。", "A page was added.";
    PageTextChanged = "page-text-changed", "页面文字与签发时不一致。", "The words on a page differ from those issued.";
    PageLookChanged = "page-look-changed", "页面图像与签发时不一致。", "A page looks different from the one issued.";
    AnnotationAdded = "annotation-added", "页面上被加入了批注或图章。", "A note, stamp or field was added to a page.";
    AnnotationChanged = "annotation-changed", "页面上的批注、图章或签章图样被改动或删除。", "A note, stamp or the seal on a page was changed or removed.";
    FactsChanged = "facts-changed", "文件内嵌的报告数据与签发时不一致。", "The report data inside the file differ from those issued.";
    FactsNotOnPage = "facts-not-on-page", "文件内嵌数据中的内容在页面文字中找不到。", "A value of the data inside the file is not found in the words of its pages.";
    TextUnreadable = "text-unreadable", "重新生成文件的程序没有保留页面文字的编码，这些页面只按图像比较。", "The program that wrote the file anew lost what its letters mean: these pages were compared by their looks alone.";
    SetAnew = "set-anew", "文字由其他程序重新排版，按文字和字形比较，未按页面图像比较。", "Another program set the words anew: they were compared as words and letters, not by the look of their pages.";
    ChangeNotExcluded = "change-not-excluded", "文字俱在，但不能排除改动，请索取原文件。", "The words are there, and still a change cannot be ruled out: ask for the original.";
    MetadataChanged = "metadata-changed", "文件属性（标题、作者、生成程序等）与签发时不一致。", "The properties of the file, such as title or program, differ from those issued.";
    CopyOfReport = "copy-of-report", "页面文字或内嵌数据对应一份已签发的报告，但文件本身没有有效签名，请索取原文件。", "Its words or data belong to an issued report, but the file has no valid signature: ask for the original.";
    NumberFound = "number-found", "页面上的报告编号对应一份已签发的报告；编号不是秘密，不能证明内容真实。", "The report number on it belongs to an issued report; a number is no secret and proves nothing.";
    PictureOnly = "picture-only", "这是图像，只能核验其中的二维码；请将下列内容与画面逐项核对。", "This is a picture, of which only the QR can be verified: compare what follows with what it shows.";
    QrFound = "qr-found", "在图像或页面中读到了二维码。", "A QR was read in the picture or on the page.";
    QrNotFound = "qr-not-found", "图像中没有读到二维码，请靠近、拍正、拍清后重试，或输入核验码。", "No QR was read in the picture: come closer and hold it straight, or type the code.";
    PictureUnreadable = "picture-unreadable", "图像无法读取。", "The picture cannot be read.";
    LimitReached = "limit-reached", "文件超过进一步检查的限度，只完成了部分检查。", "The file goes beyond the limits of a closer look, which was not finished.";
    NotLookedInto = "not-looked-into", "未能进一步检查该文件；以上结论不受影响。", "The file could not be looked into further; the verdict stands.";
}

/// What changed since a report was issued, for a report that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusAt {
    /// The status.
    pub status: Status,
    /// Since when.
    pub since: Option<Instant>,
    /// The issuer's words on why.
    pub note: Option<String>,
    /// The time it is known for.
    pub known_at: Option<Instant>,
}

impl StatusAt {
    /// Nothing is known.
    #[must_use]
    pub fn unknown() -> Self {
        Self { status: Status::Unknown, since: None, note: None, known_at: None }
    }
}

/// The answer to "is this genuine?".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Is it what was issued?
    pub integrity: Integrity,
    /// By whom?
    pub issuer: IssuerTrust,
    /// Does it stand?
    pub status: StatusAt,
    /// Why, most important first.
    pub reasons: Vec<Reason>,
    /// The name of the signer, from its certificate.
    pub signer: Option<String>,
    /// When it was signed, as the document says.
    pub signed_at: Option<Instant>,
    /// When it existed, by a timestamp of an authority that is trusted.
    #[serde(default)]
    pub timestamped_at: Option<Instant>,
    /// The digest of the facts.
    pub facts_digest: Option<Digest>,
    /// What the report says; only what is proven (intact) or stored.
    pub facts: Option<Box<Facts>>,
}

impl Verdict {
    /// A verdict for what brings nothing to look at.
    #[must_use]
    pub fn without_facts(integrity: Integrity, issuer: IssuerTrust, reasons: Vec<Reason>) -> Self {
        Self {
            integrity,
            issuer,
            status: StatusAt::unknown(),
            reasons,
            signer: None,
            signed_at: None,
            timestamped_at: None,
            facts_digest: None,
            facts: None,
        }
    }

    /// Genuine and valid: intact, of a trusted issuer, and not revoked, superseded or disputed.
    #[must_use]
    pub fn is_genuine_and_valid(&self) -> bool {
        self.integrity == Integrity::Intact
            && self.issuer == IssuerTrust::Trusted
            && self.status.status == Status::Valid
    }

    /// Neither proven good nor proven bad. A report that does not stand is bad, whatever shows it.
    #[must_use]
    pub fn cannot_tell(&self) -> bool {
        let stands = matches!(self.status.status, Status::Valid | Status::Unknown);
        match self.integrity {
            Integrity::CannotTell => self.issuer != IssuerTrust::KeyRevoked && stands,
            Integrity::Unreadable => true,
            Integrity::Intact => self.issuer == IssuerTrust::Trusted && self.status.status == Status::Unknown,
            Integrity::Altered | Integrity::NotOurs => false,
        }
    }
}
