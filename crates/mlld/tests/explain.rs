//! `--explain-labels`, and the way of a label in refusals.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests look at files and start processes"
)]

mod support;

use support::Place;

const SCRIPT: &str = r#"policy @p = { defaults: { rules: ["untrusted-llms-get-influenced"] } }
import { @shared } from "./lib.mld"
var secret @key = "k1"
var untrusted @mail = "hi"
exe llm @ask(q) = js { return "answer" }
exe pii @mix(a) = [
  let @out = "z"
  for @c in @a.split("") [ @out += @c ]
  => @out
]
var @mixed = @mix(`@key @shared`)
var @answer = @ask(@mail)
var @all = { mixed: @mixed, answer: @answer }
var @plain = 1
"#;

fn place() -> Place {
    let place = Place::new();
    place.file("lib.mld", "var dark @shared = \"s\"\n");
    place.file("main.mld", SCRIPT);
    place
}

#[test]
fn each_label_is_followed_to_where_it_came_from() {
    let place = place();
    let ended = place.mlld(&[
        "main.mld",
        "--explain-labels",
        "@all,plain",
        "--explain-labels",
        "gone",
    ]);
    assert_eq!((ended.status, ended.stdout.as_str()), (0, ""));
    let at = ended.stderr.find("  src:file").unwrap();
    let until = ended.stderr.find("@plain").unwrap();
    // What lies between names folders of this machine.
    insta::assert_snapshot!(format!(
        "{}…\n{}",
        &ended.stderr[..at],
        &ended.stderr[until..]
    ));
    let folders = &ended.stderr[at..until];
    assert!(
        folders.contains("@shared at main.mld:2:1: came in"),
        "{folders}"
    );
}

#[test]
fn sources_that_may_not_be_shown_are_not() {
    let place = place();
    place.file("SEKRIT.txt", "x");
    place.file(
        "s.mld",
        "var secret @n = \"SEK\"\nvar @f = <@n\\RIT.txt>?\nvar secret @g = <SEKRIT.txt>\n",
    );
    let ended = place.mlld(&["s.mld", "--explain-labels", "@g,@f"]);
    assert!(ended.stderr.contains("src:file"), "{}", ended.stderr);
    assert!(!ended.stderr.contains("SEKRIT"), "{}", ended.stderr);
}

#[test]
fn a_refusal_tells_the_way_of_the_label() {
    let place = place();
    place.file(
        "d.mld",
        "policy @p = { labels: { secret: { deny: [\"op:show\"] } } }\nvar secret @key = \"k\"\nexe @f(x) = `<@x>`\nvar @a = @f(@key)\nvar @b = [@a]\nshow @b\n",
    );
    let ended = place.mlld(&["d.mld"]);
    assert_eq!(ended.status, 1);
    let way = "  How 'secret' came here:\n  - @b at d.mld:5:1\n  - @a at d.mld:4:1\n  - @f() at d.mld:4:12\n  - @key at d.mld:2:1: declared there\n  Reason:";
    assert!(ended.stderr.contains(way), "{}", ended.stderr);
    let ended = place.mlld(&["d.mld", "--json"]);
    let last = ended.stderr.lines().last().unwrap();
    let report: serde_json::Value = serde_json::from_str(last).unwrap();
    let trail = &report["error"]["denial"]["trail"];
    assert_eq!(trail[0]["name"], "b", "{report}");
    assert_eq!(
        trail[0]["from"][0]["from"][0]["from"][0]["how"], "declared",
        "{trail}"
    );
}

#[test]
fn a_long_way_is_cut_and_a_ring_ends() {
    let place = Place::new();
    let mut script = String::from(
        "policy @p = { labels: { secret: { deny: [\"op:show\"] } } }\nvar secret @v0 = \"k\"\n",
    );
    for n in 1..300 {
        script.push_str(&format!("var @v{n} = @v{}\n", n - 1));
    }
    script.push_str("exe @f() = [ let @x = @v299\n let @y = \"\"\n for @i in [1, 2, 3] [ @y += @x\n @x += @y ]\n => @x ]\nshow @f()\n");
    place.file("long.mld", &script);
    let ended = place.mlld(&["long.mld"]);
    assert_eq!(ended.status, 1);
    assert!(ended.stderr.contains("  - …\n"), "{}", ended.stderr);
    assert!(ended.stderr.len() < 4_000);
}
