//! What has been loaded for the whole run.

use super::config::Config;
use super::workspace::Workspaces;
use crate::eval::ModuleEnv;
use crate::value::Home;
use mlld_security::Descriptor;
use mlld_syntax::ast::Template;
use rustc_hash::FxHashMap;
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

/// A template that stands in a file of its own (spec 04 §4).
pub(crate) struct ExternalTemplate {
    /// The file as a module without anything in it: what is not a parameter is not in sight, and paths start at its
    /// folder.
    pub(crate) module: Arc<ModuleEnv>,
    /// The text with its placeholders.
    pub(crate) template: Template,
    /// What every text that is made of it carries: the labels of the path that it was found by.
    pub(crate) labels: Descriptor,
}

/// What has been loaded for the whole run.
#[derive(Default)]
pub(crate) struct Loads {
    config: OnceLock<Config>,
    /// The workspaces.
    pub(crate) workspaces: Workspaces,
    templates: RwLock<FxHashMap<Home, Arc<ExternalTemplate>>>,
}

impl Loads {
    /// The configuration of the project.
    pub(crate) fn config(&self) -> &Config {
        self.config.get_or_init(Config::default)
    }

    /// Notes the configuration of the project, once.
    pub(crate) fn set_config(&self, config: Config) {
        // A second one cannot be: a run has one project root.
        let _ = self.config.set(config);
    }

    /// The template of the executable that is defined there.
    pub(crate) fn template(&self, home: Home) -> Option<Arc<ExternalTemplate>> {
        let templates = self
            .templates
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        templates.get(&home).cloned()
    }

    /// Notes the template of an executable.
    pub(crate) fn add_template(&self, home: Home, template: ExternalTemplate) {
        self.templates
            .write()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(home, Arc::new(template));
    }
}
