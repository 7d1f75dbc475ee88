//! What is wrong with a row, and what is odd about one.

use std::sync::Arc;

use crate::rules::words::words;
use crate::rules::{ChangeRefused, mask};

use super::layout::Column;
use super::texts::{Part, sentence};

words! {
    /// What is wrong or odd. The words are a promise to callers; their texts stand in `data/faults.toml`.
    FaultCode {
        /// Bytes that are no text in the encoding of the file.
        MalformedText = "malformed-text",
        /// A NUL character.
        Nul = "nul",
        /// A quotation mark where none may stand, or one that is never closed.
        Quotes = "quotes",
        /// Fewer cells than the header.
        TooFewCells = "too-few-cells",
        /// More cells than the header.
        TooManyCells = "too-many-cells",
        /// The last line is cut off.
        Truncated = "truncated",
        /// An object that is not JSON, or names something twice.
        MalformedJson = "malformed-json",
        /// A number or an error value that a spreadsheet put in place of a code.
        DigitsLost = "digits-lost",
        /// An error value of a spreadsheet.
        SheetError = "sheet-error",
        /// A cell longer than any may be.
        CellTooLong = "cell-too-long",
        /// A required cell is blank.
        Missing = "missing",
        /// Longer than the column allows.
        TooLong = "too-long",
        /// A spreadsheet formula.
        Formula = "formula",
        /// No class of subject.
        SubjectClass = "subject-class",
        /// Not a credit code in length or alphabet.
        CreditCode = "credit-code",
        /// A check character of a credit code is wrong.
        CreditCodeCheck = "credit-code-check",
        /// Not an organisation code.
        OrganisationCode = "organisation-code",
        /// No kind of identity document.
        DocumentType = "document-type",
        /// Not a citizen number.
        CitizenNumber = "citizen-number",
        /// Not a kind of penalty.
        Sanction = "sanction",
        /// 其他 without a name.
        OtherWithoutName = "other-without-name",
        /// Not written as a day.
        DateShape = "date-shape",
        /// A day that does not exist.
        NoSuchDay = "no-such-day",
        /// Not an amount in 万元.
        Amount = "amount",
        /// An amount below zero.
        NegativeAmount = "negative-amount",
        /// No procedure.
        Procedure = "procedure",
        /// No kind of record.
        RecordKind = "record-kind",
        /// No domain of the catalogue.
        UnknownDomain = "unknown-domain",
        /// A domain that the authority does not answer for.
        DomainNotYours = "domain-not-yours",
        /// A domain other than the one the file was sent for.
        DomainDiffers = "domain-differs",
        /// An organisation without any identifier.
        NoIdentifier = "no-identifier",
        /// A person with a code of an organisation.
        CodeOfPerson = "code-of-person",
        /// Decided after it was received.
        FutureDecision = "future-decision",
        /// Published until a day before the decision.
        PublicityBeforeDecision = "publicity-before-decision",
        /// A fine of nothing.
        FineWithoutAmount = "fine-without-amount",
        /// An amount of fine without a fine.
        AmountWithoutFine = "amount-without-fine",
        /// A confiscated amount without a confiscation.
        AmountWithoutConfiscation = "amount-without-confiscation",
        /// The source is not the authority that sends.
        SourceNotYou = "source-not-you",
        /// An organ that the authority does not send for.
        OrganNotYours = "organ-not-yours",
        /// Another row of the file says something else under the same number for the same subject.
        ConflictInFile = "conflict-in-file",
        /// Another row of the file gives the same document another day.
        OtherDateInFile = "other-date-in-file",
        /// Nothing that is done to records.
        Operation = "operation",
        /// No way in which a decision falls.
        AnnulmentKind = "annulment-kind",
        /// Neither yes nor no.
        YesNo = "yes-no",
        /// No weight.
        Severity = "severity",
        /// An operation on a record that is not here.
        UnknownRecord = "unknown-record",
        /// A new record under the key of one that is here.
        RecordExists = "record-exists",
        /// The record is another authority's.
        RecordNotYours = "record-not-yours",
        /// The record was withdrawn.
        RecordWithdrawn = "record-withdrawn",
        /// The decision was annulled.
        RecordAnnulled = "record-annulled",
        /// The record is repaired.
        RecordRepaired = "record-repaired",
        /// The record is not repaired.
        RecordNotRepaired = "record-not-repaired",
        /// An objection is open already.
        ObjectionOpen = "objection-open",
        /// No objection is open.
        NoObjection = "no-objection",
        /// The record says this already.
        NothingChanges = "nothing-changes",
        /// A day before the decision.
        BeforeDecision = "before-decision",
        /// A day before the repair.
        BeforeRepair = "before-repair",
        /// A day in the future.
        InFuture = "in-future",
        /// A last day before the first.
        UpsideDown = "upside-down",
        /// No reason, or an endless one.
        NoReason = "no-reason",
        /// Odd: the register confirms a code whose check character is wrong.
        ConfirmedCode = "confirmed-code",
        /// Odd: first two characters of a credit code that are not in use.
        UnknownHead = "unknown-head",
        /// Odd: an organisation without a credit code.
        NoCreditCode = "no-credit-code",
        /// Odd: an organisation with a name and no code.
        NameOnly = "name-only",
        /// Odd: decided before the subject was established.
        BeforeEstablished = "before-established",
        /// Odd: a registration number of another length or with another check digit.
        RegistrationNumber = "registration-number",
        /// Odd: the credit code holds another organisation code.
        OrganisationCodeDiffers = "organisation-code-differs",
        /// Odd: the class says individual business and the code does not, or the other way round.
        ClassDiffers = "class-differs",
        /// Odd: the deciding organ's code is not one of a state organ.
        NotAnOrgan = "not-an-organ",
        /// Odd: an amount that looks like yuan.
        PerhapsYuan = "perhaps-yuan",
        /// Odd: in force until a day before the decision.
        EffectiveBeforeDecision = "effective-before-decision",
        /// Odd: free text that seems to hold a citizen number, a telephone or a bank card.
        PersonalData = "personal-data",
        /// Odd: codes that lead to several subjects, or to none although the name does.
        CodesInDoubt = "codes-in-doubt",
    }
}

impl FaultCode {
    /// Whether it is only odd: such a row is accepted.
    #[must_use]
    pub fn is_warning(self) -> bool {
        self >= Self::ConfirmedCode
    }

    /// Whether the day of the decision may be what is wrong: it says no more when that was.
    #[must_use]
    pub fn doubts_decision(self) -> bool {
        matches!(
            self,
            Self::FutureDecision
                | Self::PublicityBeforeDecision
                | Self::OtherDateInFile
                | Self::BeforeDecision
                | Self::BeforeRepair
                | Self::InFuture
        )
    }
}

impl From<ChangeRefused> for FaultCode {
    fn from(refused: ChangeRefused) -> Self {
        match refused {
            ChangeRefused::Withdrawn => Self::RecordWithdrawn,
            ChangeRefused::Annulled => Self::RecordAnnulled,
            ChangeRefused::Repaired => Self::RecordRepaired,
            ChangeRefused::NotRepaired => Self::RecordNotRepaired,
            ChangeRefused::Disputed => Self::ObjectionOpen,
            ChangeRefused::NotDisputed => Self::NoObjection,
            ChangeRefused::NothingChanges => Self::NothingChanges,
            ChangeRefused::BeforeDecision => Self::BeforeDecision,
            ChangeRefused::BeforeRepair => Self::BeforeRepair,
            ChangeRefused::InFuture => Self::InFuture,
            ChangeRefused::UpsideDown => Self::UpsideDown,
            ChangeRefused::NoReason => Self::NoReason,
        }
    }
}

/// The column of a fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FaultColumn {
    /// Its code, such as `CF_JDRQ`.
    pub code: String,
    /// Its Chinese name.
    pub zh: String,
}

/// What is wrong or odd, where, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The row below the header, from 1.
    pub row: u32,
    /// The column; `None` where it is the whole row.
    pub column: Option<Arc<FaultColumn>>,
    /// What.
    pub code: FaultCode,
    /// The cell as sent, shortened, and masked where it is personal; empty where it is the whole row.
    pub value: String,
    /// What exactly: a limit, the right check character, another row.
    pub detail: String,
}

/// How much of a value is repeated.
const SHOWN: usize = 40;

impl Fault {
    /// A fault of a whole row.
    #[must_use]
    pub fn of_row(row: u32, code: FaultCode, detail: impl Into<String>) -> Self {
        Self { row, column: None, code, value: String::new(), detail: detail.into() }
    }

    pub(super) fn of_cell(
        row: u32,
        column: &Column,
        code: FaultCode,
        sent: &str,
        detail: impl Into<String>,
    ) -> Self {
        let mut value: String = sent.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
        if column.personal {
            value = mask::identity_number(&value);
        } else if sent.chars().nth(SHOWN).is_some() {
            value.push('…');
        }
        Self { row, column: Some(column.name.clone()), code, value, detail: detail.into() }
    }

    /// What is wrong, in Chinese.
    #[must_use]
    pub fn zh(&self) -> String {
        self.named(self.column.as_ref().map(|column| column.zh.as_str()), Part::Zh, ":")
    }

    /// What is wrong, in English.
    #[must_use]
    pub fn en(&self) -> String {
        self.named(self.column.as_ref().map(|column| column.code.as_str()), Part::En, ": ")
    }

    /// What to do, in Chinese.
    #[must_use]
    pub fn remedy_zh(&self) -> String {
        sentence(self.code.word(), Part::RemedyZh, &self.detail)
    }

    /// What to do, in English.
    #[must_use]
    pub fn remedy_en(&self) -> String {
        sentence(self.code.word(), Part::RemedyEn, &self.detail)
    }

    /// What is wrong and what to do, as one sentence, in Chinese and English.
    #[must_use]
    pub fn with_remedy(&self) -> (String, String) {
        (format!("{}；{}", self.zh(), self.remedy_zh()), format!("{}; {}", self.en(), self.remedy_en()))
    }

    fn named(&self, column: Option<&str>, part: Part, colon: &str) -> String {
        let text = sentence(self.code.word(), part, &self.detail);
        match column {
            Some(column) => format!("{column}{colon}{text}"),
            None => text,
        }
    }
}
