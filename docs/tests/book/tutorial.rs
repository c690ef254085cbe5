//! The files of the tutorial are those of the package `shop-bot`, whose tests run.

use std::fs;
use std::path::Path;

use crate::{docs, read};

#[test]
fn tutorial_shows_the_files_of_shop_bot() {
    let page = read(Path::new("getting-started.md"));
    for file in ["src/lib.rs", "src/main.rs", "tests/guarded.rs", "tests/attacks.rs"] {
        let text = fs::read_to_string(docs().join("shop-bot").join(file)).expect("a file");
        assert!(
            page.contains(&format!("\n{}\n```\n", text.trim_end())),
            "the tutorial does not show {file} as it is"
        );
    }
}
