//! draft
pub mod ast;
pub mod check;
pub mod generate;
pub mod observe;
pub mod oracle;
pub mod run;
pub mod shrink;
