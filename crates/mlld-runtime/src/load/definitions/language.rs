//! Languages and their grammars (spec 04 §2.3).

use std::path::Path;

/// A language whose definitions are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    TypeScript,
    /// TypeScript with elements; JavaScript is a part of it.
    Tsx,
    Python,
    Go,
    Rust,
    Java,
    Ruby,
    C,
    Cpp,
    CSharp,
    Solidity,
}

impl Language {
    /// The language of a file, by its name; what is not known is read as TypeScript.
    pub(super) fn of(filename: &str) -> Self {
        let extension = Path::new(filename).extension().and_then(|e| e.to_str());
        let extension = extension.unwrap_or_default().to_ascii_lowercase();
        match extension.as_str() {
            "tsx" | "js" | "jsx" | "mjs" | "cjs" => Self::Tsx,
            "py" | "pyi" => Self::Python,
            "go" => Self::Go,
            "rs" => Self::Rust,
            "java" => Self::Java,
            "rb" => Self::Ruby,
            "c" => Self::C,
            // A header may be of either; what is C is C++ as far as definitions go.
            "h" | "cpp" | "hpp" | "cc" | "cxx" | "hh" | "hxx" => Self::Cpp,
            "cs" => Self::CSharp,
            "sol" => Self::Solidity,
            _ => Self::TypeScript,
        }
    }

    /// Its grammar.
    pub(super) fn grammar(self) -> tree_sitter::Language {
        match self {
            Self::TypeScript => tree_sitter_typescript::LANGUAGE_TYPESCRIPT,
            Self::Tsx => tree_sitter_typescript::LANGUAGE_TSX,
            Self::Python => tree_sitter_python::LANGUAGE,
            Self::Go => tree_sitter_go::LANGUAGE,
            Self::Rust => tree_sitter_rust::LANGUAGE,
            Self::Java => tree_sitter_java::LANGUAGE,
            Self::Ruby => tree_sitter_ruby::LANGUAGE,
            Self::C => tree_sitter_c::LANGUAGE,
            Self::Cpp => tree_sitter_cpp::LANGUAGE,
            Self::CSharp => tree_sitter_c_sharp::LANGUAGE,
            Self::Solidity => tree_sitter_solidity::LANGUAGE,
        }
        .into()
    }

    /// Whether the code of a definition is exactly its text; elsewhere it is the lines that it stands on.
    pub(super) fn is_exact(self) -> bool {
        matches!(self, Self::TypeScript | Self::Tsx)
    }
}
