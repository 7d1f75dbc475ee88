//! What the papers show is tried, so that they cannot grow old unnoticed.

use std::fs;
use std::path::Path;

use mingzheng::config::Config;

#[test]
fn the_configuration_in_the_readme_is_accepted() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let (_, sample) = readme.split_once("```toml\n").unwrap();
    let (sample, _) = sample.split_once("```").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mingzheng.toml");
    fs::write(&file, sample).unwrap();

    let config = Config::load(Some(&file), []).unwrap();

    assert_eq!(config.server.origin, "https://credit.example.cn");
    assert_eq!(config.token.len(), 1);
}
