//! What an applicant at a service counter shows, and as what.

use super::words::told;

told! {
    /// As what somebody stands at a counter.
    ActsAs:
        Oneself = "oneself", "本人", "the person concerned";
        Head = "head", "法定代表人或负责人", "the legal representative or person in charge";
        Proxy = "proxy", "受委托的经办人", "somebody with a power of attorney";
}

told! {
    /// The kind of document by which a clerk knows an applicant. Its number is kept nowhere.
    ShownDocument:
        IdentityCard = "identity-card", "居民身份证", "resident identity card";
        ResidencePermit = "residence-permit", "港澳台居民居住证或外国人永久居留身份证",
            "residence permit or permanent resident card";
        Passport = "passport", "护照", "passport";
        TravelPermit = "travel-permit", "港澳居民来往内地通行证或台湾居民来往大陆通行证", "travel permit to the mainland";
        ElectronicLicence = "electronic-licence", "电子营业执照", "electronic business licence";
}
