//! What people type: codes and numbers. Whatever is accepted reads back as itself from the form in which it is printed.
#![no_main]

use std::fmt::{Debug, Display};
use std::str::FromStr;

use libfuzzer_sys::fuzz_target;
use mingzheng::rules::{
    CitizenNumber, CreditCode, Digest, Fen, Instant, ReportNumber, VerificationCode, parse_day,
};

fn again<T: FromStr<Err: Debug> + Display + PartialEq + Debug>(text: &str) {
    if let Ok(read) = text.parse::<T>() {
        assert_eq!(read.to_string().parse::<T>().expect("what was printed can be read"), read);
    }
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    again::<VerificationCode>(&text);
    again::<ReportNumber>(&text);
    again::<CreditCode>(&text);
    again::<Digest>(&text);
    again::<Instant>(&text);
    let _ = text.parse::<CitizenNumber>();
    let _ = parse_day(&text);
    if let Ok(amount) = Fen::from_wan(&text) {
        assert_eq!(Fen::from_wan(&amount.wan()), Ok(amount));
    }
});
