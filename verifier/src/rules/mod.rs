//! Country rules for EU certificates: CertLogic 1.3.3 and the EU rule object
//! (ehn-dcc-development/eu-dcc-business-rules; eHealth Network, "EU DCC Validation Rules" 1.0).
//!
//! ```text
//! file ─▶ RuleSet ─▶ applicable to a Case ─▶ evaluated ─▶ RulesReport ─▶ Conclusion (with RulesPassed as evidence)
//! ```

mod case;
mod evaluation;
mod expression;
mod instant;
mod outcome;
mod rule;
mod rule_set;
mod uvci;
mod value;
mod value_sets;

pub use case::Case;
pub use evaluation::EFFORT_LIMIT;
pub use expression::{Expression, MAX_DEPTH, MAX_NODES};
pub use instant::{Instant, Unit};
pub use outcome::{Conclusion, Open, Outcome, RuleResult, RulesPassed, RulesReport};
pub use rule::{Certificates, Description, Logic, Rule, RuleKind, Version};
pub use rule_set::{MAX_FILE, MAX_RULES, RuleSet};
pub use value_sets::ValueSets;
