//! The words of the field and the rules between them.

mod calendar;
mod cases;
mod catalogue;
mod change;
mod codes;
mod comparison;
mod conclusions;
mod facts;
pub(crate) mod house;
mod identifiers;
mod money;
mod normalisation;
mod one_codes;
mod period;
mod policy;
mod properties;
mod quality;
mod reach;
mod repair;
mod since;
mod subject;
mod worked_cases;
