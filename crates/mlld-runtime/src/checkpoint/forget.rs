//! What `--resume TARGET` makes a run forget (spec 03 §18.6).

use super::options::Resume;
use super::record::Manifest;
use super::store::Records;
use crate::eval::Problem;
use ecow::{EcoString, eco_format};

/// The checkpoint that `wanted` means: that of the name, or the only one whose name begins so. `known` are the
/// names in the source; those that earlier runs have passed count, too.
pub(super) fn named(
    wanted: &str,
    known: &[EcoString],
    manifest: &Manifest,
) -> Result<EcoString, Problem> {
    let mut names: Vec<EcoString> = known.to_vec();
    for name in manifest.named_checkpoints.keys() {
        if !names.iter().any(|n| n == name) {
            names.push(name.as_str().into());
        }
    }
    if names.iter().any(|n| n == wanted) {
        return Ok(wanted.into());
    }
    let matches: Vec<&EcoString> = names.iter().filter(|n| n.starts_with(wanted)).collect();
    let message = match matches.as_slice() {
        [one] => return Ok((*one).clone()),
        [] if names.is_empty() => {
            eco_format!("Unknown checkpoint \"{wanted}\". No named checkpoints are registered yet.")
        }
        [] => eco_format!(
            "Unknown checkpoint \"{wanted}\". Available checkpoints: {}",
            names.join(", ")
        ),
        many => {
            let list: Vec<String> = many.iter().map(|n| format!("- {n}")).collect();
            eco_format!(
                "Ambiguous checkpoint match \"{wanted}\" — matches: {}",
                list.join(" ")
            )
        }
    };
    Err(Problem::new("R0802", "MlldCheckpoint", message))
}

/// The keys of the calls that the target means. `Named` holds a name as [`named`] gives it.
pub(super) fn keys(target: &Resume, records: &Records, manifest: &Manifest) -> Vec<String> {
    let of = |name: &EcoString| {
        let name = name.clone();
        records
            .values()
            .filter(move |r| r.function == name.as_str())
    };
    let key = |r: &super::record::Record| r.key.clone();
    match target {
        Resume::All => Vec::new(),
        Resume::Function(name) => of(name).map(key).collect(),
        Resume::Site(name, index) => of(name)
            .filter(|r| r.place.invocation_index == *index)
            .map(key)
            .collect(),
        Resume::Prefix(name, text) => {
            let first = of(name)
                .filter(|r| r.args_preview.starts_with(text.as_str()))
                .map(|r| r.place.invocation_ordinal)
                .min();
            let from = |first| {
                let later = of(name).filter(move |r| r.place.invocation_ordinal >= first);
                later.map(key).collect()
            };
            first.map_or_else(Vec::new, from)
        }
        Resume::Named(name) => match manifest.named_checkpoints.get(name.as_str()) {
            None => Vec::new(),
            Some(order) => records
                .values()
                .filter(|r| r.place.execution_order >= *order)
                .map(key)
                .collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::record::{CallPlace, Record};

    fn records() -> Records {
        // name, first argument, site, ordinal, order
        let calls = [
            ("ask", "one", 0, 0, 0),
            ("ask", "two", 0, 1, 1),
            ("tell", "one", 0, 0, 2),
            ("ask", "three", 1, 0, 3),
            ("ask", "four", 0, 2, 4),
        ];
        let record = |(function, preview, index, ordinal, order): (&str, &str, u64, u64, u64)| {
            let key = format!("{function}-{preview}");
            let record = Record {
                key: key.clone(),
                function: function.into(),
                args_hash: String::new(),
                args_preview: preview.into(),
                result_size: 0,
                ts: String::new(),
                duration_ms: 0,
                place: CallPlace {
                    invocation_site: String::new(),
                    invocation_index: index,
                    invocation_ordinal: ordinal,
                    execution_order: order,
                },
                fn_hash: String::new(),
            };
            (key, record)
        };
        calls.into_iter().map(record).collect()
    }

    fn manifest() -> Manifest {
        let mut manifest = Manifest::new("job", "job.mld", "");
        manifest.named_checkpoints.insert("half way".into(), 2);
        manifest.named_checkpoints.insert("half done".into(), 4);
        manifest
    }

    fn forgotten(target: &str) -> Vec<String> {
        keys(
            &Resume::parse(Some(target)).unwrap(),
            &records(),
            &manifest(),
        )
    }

    #[test]
    fn each_target_forgets_its_calls() {
        assert!(forgotten("").is_empty());
        assert_eq!(forgotten("@tell"), ["tell-one"]);
        assert_eq!(forgotten("@ask:1"), ["ask-three"]);
        assert_eq!(
            forgotten("@ask(\"t\")"),
            ["ask-one", "ask-two", "ask-three", "ask-four"],
            "the first by ordinal is the first at its site"
        );
        assert_eq!(forgotten("@ask(\"two\")"), ["ask-two", "ask-four"]);
        assert!(forgotten("@ask(\"nine\")").is_empty());
        assert_eq!(forgotten("half way"), ["tell-one", "ask-three", "ask-four"]);
        assert!(forgotten("elsewhere").is_empty());
    }

    #[test]
    fn a_unique_beginning_of_a_name_will_do() {
        let named = |wanted: &str, known: &[EcoString]| named(wanted, known, &manifest());
        let known = ["start".into(), "half way".into()];
        assert_eq!(named("st", &known).unwrap(), "start");
        assert_eq!(named("half d", &known).unwrap(), "half done");
        assert_eq!(named("half way", &known).unwrap(), "half way");
        assert_eq!(
            named("half", &known).unwrap_err().message,
            "Ambiguous checkpoint match \"half\" — matches: - half way - half done"
        );
        assert_eq!(
            named("x", &known).unwrap_err().message,
            "Unknown checkpoint \"x\". Available checkpoints: start, half way, half done"
        );
        let empty = Manifest::new("job", "job.mld", "");
        assert_eq!(
            super::named("x", &[], &empty).unwrap_err().message,
            "Unknown checkpoint \"x\". No named checkpoints are registered yet."
        );
    }
}
