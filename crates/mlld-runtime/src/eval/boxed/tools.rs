//! The tools that a box permits, and how those of an inner box are narrowed (spec 08 §11.2, §11.4).

use super::listed;
use crate::eval::Problem;
use crate::value::Value;
use ecow::{EcoString, eco_format};

/// What an anonymous box permits, and one that is given a workspace.
const DEFAULTS: [&str; 5] = ["Bash", "Read", "Write", "Glob", "Grep"];

/// Tools by name; names compare without case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tools(Vec<EcoString>);

/// What a box says about its tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Nothing, or `"*"`: no limit of its own.
    Inherited,
    /// It is anonymous, or given a workspace.
    Defaults,
    /// These.
    Listed(Tools),
}

impl Asked {
    /// The field `tools`.
    pub(super) fn read(value: &Value) -> Result<Self, Problem> {
        let bad = |message: &'static str| Problem::new("R0457", "MlldBox", message);
        let names = match value.data() {
            Value::Text(text) if text.trim() == "*" => return Ok(Self::Inherited),
            Value::Text(text) => listed(text).collect(),
            Value::Object(object) => object.keys().cloned().collect(),
            Value::Array(items) => items
                .iter()
                .map(|item| match item.data() {
                    Value::Text(name) => Ok(EcoString::from(name.trim())),
                    _ => Err(bad("tools entries must be strings.")),
                })
                .collect::<Result<Vec<_>, _>>()?,
            _ => return Err(bad("tools must be an array or object.")),
        };
        Ok(Self::Listed(Tools(names)))
    }

    /// What is permitted inside a box that permits `parent`.
    pub(super) fn narrow(self, parent: Option<&Tools>) -> Result<Option<Tools>, Problem> {
        let within = |name: &EcoString| parent.is_none_or(|p| p.permit(name));
        match self {
            Self::Inherited => Ok(parent.cloned()),
            Self::Defaults => {
                let names = DEFAULTS.into_iter().map(EcoString::from);
                Ok(Some(Tools(names.filter(within).collect())))
            }
            Self::Listed(tools) => {
                let added: Vec<String> = tools
                    .0
                    .iter()
                    .filter(|n| !within(n))
                    .map(|n| n.to_lowercase().into())
                    .collect();
                if added.is_empty() {
                    return Ok(Some(tools));
                }
                let message = eco_format!(
                    "Tool scope cannot add tools outside parent: {}",
                    added.join(", ")
                );
                Err(Problem::new("R0458", "MlldSecurity", message).fatal())
            }
        }
    }
}

impl Tools {
    /// Whether a tool is among them.
    pub(super) fn permit(&self, name: &str) -> bool {
        let name = name.to_lowercase();
        self.0.iter().any(|t| t.to_lowercase() == name)
    }

    /// The names.
    pub(super) fn value(&self) -> Value {
        Value::array(self.0.iter().cloned().map(Value::Text).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools(names: &[&str]) -> Tools {
        Tools(names.iter().map(|n| EcoString::from(*n)).collect())
    }

    #[test]
    fn an_inner_box_has_no_more_than_the_outer_one() {
        let parent = tools(&["Bash", "Read"]);
        let narrow =
            |asked: Asked, parent: Option<&Tools>| asked.narrow(parent).map_err(|p| p.message);
        assert_eq!(narrow(Asked::Inherited, None), Ok(None));
        assert_eq!(
            narrow(Asked::Inherited, Some(&parent)),
            Ok(Some(parent.clone()))
        );
        assert_eq!(
            narrow(Asked::Defaults, Some(&tools(&["read", "x"]))),
            Ok(Some(tools(&["Read"])))
        );
        let fewer = tools(&["BASH"]);
        let asked = Asked::Listed(fewer.clone());
        assert_eq!(narrow(asked, Some(&parent)), Ok(Some(fewer)));
        let asked = Asked::Listed(tools(&["Write", "Read", "Sh"]));
        assert_eq!(
            narrow(asked, Some(&parent)),
            Err("Tool scope cannot add tools outside parent: write, sh".into())
        );
        let none = tools(&[]);
        let asked = Asked::Listed(none.clone());
        assert_eq!(narrow(asked, Some(&parent)), Ok(Some(none)));
    }
}
