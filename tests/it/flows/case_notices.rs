//! Whoever has to do with a case is told of it: the authority that it was opened, the subject what came of it.

use mingzheng::flow::Listing;
use mingzheng::flow::cases::Taken;
use mingzheng::flow::notices::{self, Entry};
use mingzheng::flow::sessions::Signed;
use mingzheng::rules::{AccountRole, Audience, CaseKind, CaseStep, NoticeKind};

use super::cases::{opened, step};
use super::house::{House, row};
use super::people::somebody;
use crate::engines::on_both_engines;

async fn of_cases(house: &House, who: &Signed) -> Vec<Entry> {
    let listed = notices::list(&house.app, who, Listing { offset: 0, limit: 100 }).await.unwrap();
    let of_case = |entry: &Entry| matches!(entry.kind, NoticeKind::CaseOpened | NoticeKind::CaseDecided);
    listed.entries.into_iter().filter(of_case).collect()
}

on_both_engines! {
    async fn an_authority_is_told_that_a_case_was_opened_and_the_subject_what_came_of_it(house: House) {
        let clerk = somebody(&house, "clerk", AccountRole::Clerk).await.signed(&house).await;
        let agent = somebody(&house, "agent", AccountRole::Agent).await.signed(&house).await;
        let verifier = somebody(&house, "verifier", AccountRole::Verifier).await.signed(&house).await;
        house.pass(1000);
        house.send(&[row(1)]).await;
        house.pass(1000);
        let case = opened(&house, CaseKind::Objection, 1).await.case.case.id;
        assert!(opened(&house, CaseKind::Objection, 1).await.repeated);
        let told = of_cases(&house, &clerk).await;
        assert_eq!(told.len(), 1, "once: {told:?}");
        assert_eq!((told[0].kind, &told[0].about), (NoticeKind::CaseOpened, &case.to_string()));
        assert_eq!(told[0].object.as_deref(), Some(row(1).document.as_str()));
        for next in [CaseStep::Accept, CaseStep::Send] {
            step(&house, case, Taken::plain(next)).await.unwrap();
        }
        assert!(of_cases(&house, &agent).await.is_empty(), "nothing is decided");
        step(&house, case, Taken::because(CaseStep::Reject, "处罚决定有据可查。")).await.unwrap();
        let told = of_cases(&house, &agent).await;
        assert_eq!(told.len(), 1, "{told:?}");
        assert_eq!((told[0].kind, &told[0].about), (NoticeKind::CaseDecided, &case.to_string()));
        assert!(matches!(told[0].audience, Audience::Subject(_)));
        assert_eq!(of_cases(&house, &clerk).await.len(), 1, "who decided knows it");
        assert!(of_cases(&house, &verifier).await.is_empty());
        house.journal().await;
    }
}
