//! draft
use mlld_noninterference::{check::*, generate::*, run::Place, shrink::shrink};
use std::collections::BTreeMap;
fn main() {
    let args: Vec<String> = std::env::args().collect();
    if args[1] == "file" {
        let text = std::fs::read_to_string(&args[2]).unwrap();
        let place = Place::new().unwrap();
        let mut printed = mlld_noninterference::ast::Printed { main: String::new(), files: vec![] };
        for part in text.split("=== ") { if let Some((n, t)) = part.split_once('\n') { if n.is_empty() || n == "main" { printed.main = t.into() } else { printed.files.push((n.into(), t.into())) } } }
        let o = place.run(&printed).unwrap();
        for s in &o.seen { println!("{:?} {:?} labels {:?} taint {:?}", s.kind, s.content.as_deref().unwrap_or("-"), s.labels, s.taint.iter().filter(|l| !l.starts_with("dir:")).collect::<Vec<_>>()); }
        println!("{:?}", o.ended);
        return;
    }
    let from: u64 = args[1].parse().unwrap();
    let n: u64 = args[2].parse().unwrap();
    let mode = match args.get(3).map(String::as_str) { Some("b") => Mode::Branching, Some("t") => Mode::Tracked, _ => Mode::Explicit };
    let verbose = args.get(4).is_some();
    let place = Place::new().unwrap();
    let mut counts: BTreeMap<String, (usize, u64)> = BTreeMap::new();
    let (mut compared, mut agreed) = (0, 0);
    let mut shown: BTreeMap<String, usize> = BTreeMap::new();
    for seed in from..from + n {
        let script = generate(seed, mode);
        if verbose { println!("=== seed {seed}"); println!("{}", script.print(0).main); }
        let outcome = check(&place, &script, Checks::default()).unwrap();
        compared += outcome.compared;
        agreed += outcome.agreed;
        let key = match (&outcome.ended, &outcome.failure) {
            (_, Some(f)) => format!("FAIL {:?}", f.wrong),
            (mlld_noninterference::observe::Ended::Error(e), None) => format!("error {}", e.chars().take(60).collect::<String>()),
            (e, None) => format!("{e:?}"),
        };
        let e = counts.entry(key.clone()).or_insert((0, seed));
        e.0 += 1;
        if let Some(f) = &outcome.failure {
            if f.wrong == Wrong::Syntax { println!("seed {seed}: {}", f.story.lines().nth(1).unwrap_or("")); }
            let n = shown.entry(key).or_default();
            *n += 1;
            if *n <= 3 {
                let wrong = f.wrong;
                let mut last = f.story.clone();
                let small = shrink(&script, 400, &mut |s| match check(&place, s, Checks { only: f.run, ..Checks::default() }) {
                    Ok(o) => match o.failure { Some(f) if f.wrong == wrong && (wrong != Wrong::Syntax || f.story.lines().nth(1).map(|l| l.chars().take(70).collect::<String>()) == last.lines().nth(1).map(|l| l.chars().take(70).collect::<String>())) => { if f.story.contains("not found") || f.story.contains("ndefined") { return false } last = f.story; true } _ => false },
                    Err(_) => false,
                });
                let p = small.print(0);
                println!("--- seed {seed} {wrong:?}\n{}", p.main);
                for (n, t) in &p.files { println!("  [{n}] {t}"); }
                println!("{last}");
            }
        }
    }
    println!("compared {compared} agreed {agreed}");
    for (k, (n, s)) in counts { println!("{n:6} {k} (e.g. {s})"); }
}
