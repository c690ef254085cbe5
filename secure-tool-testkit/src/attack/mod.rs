//! A tool in, a report of the attacks on it out.

mod campaign;
mod probe;
mod request;
mod response;
mod said;
mod subject;

use std::fmt;

use secure_tool::{SecureTool, Tool};

use self::campaign::Campaign;
use self::subject::Subject;
use crate::hostile::Trap;
use crate::report::{Class, Report};

/// The seed, unless somebody gives another one. Any number would do; it is fixed so that a test
/// that passes passes again.
const SEED: u64 = 0x5EC0_7001;
/// The environment variable with another seed.
const SEED_VARIABLE: &str = "SECURE_TOOL_SEED";
/// How many samples each attack is made with.
const CASES: u32 = 1;

/// Attacks a tool with everything that the testkit has, and reports what became of it.
///
/// It must be awaited in a tokio runtime with time and I/O enabled, as `#[tokio::test]` makes one.
/// Nothing leaves the machine.
///
/// ```
/// use secure_tool::prelude::*;
///
/// /// A shop.
/// #[derive(SecureApi)]
/// #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
/// pub struct Shop;
///
/// /// One product.
/// #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
/// pub struct Product { name: String }
///
/// /// Finds a product.
/// #[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
/// #[secure(api = Shop, get = "/products", scopes("products:read"), response = Product)]
/// pub struct FindProduct { #[validate(length(min = 1, max = 80))] term: String }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// // In `#[tokio::test] async fn find_product_withstands_attacks()`:
/// secure_tool_testkit::attack::<FindProduct>().await.assert();
/// # }
/// ```
pub async fn attack<T: SecureTool>() -> Report {
    Attack::of::<T>().run().await
}

/// Attacks on one tool that are being put together.
///
/// ```
/// # use secure_tool::prelude::*;
/// # /// A shop.
/// # #[derive(SecureApi)]
/// # #[secure(url = "https://api.shop.example/v1", scopes("products:read"), auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute))]
/// # pub struct Shop;
/// # /// One product.
/// # #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
/// # pub struct Product { name: String }
/// # /// Finds a product.
/// # #[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
/// # #[secure(api = Shop, get = "/products", scopes("products:read"), response = Product)]
/// # pub struct FindProduct { #[validate(length(min = 1, max = 80))] term: String }
/// use secure_tool_testkit::{Attack, Class, Verdict};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let report = Attack::of::<FindProduct>().seed(7).cases(1).only([Class::UrlStructure]).run().await;
/// let class = report.class(Class::UrlStructure).expect("it was run");
/// assert_eq!(class.verdict, Verdict::Withstood);
/// assert_eq!(class.fields, ["/term"]);
/// # }
/// ```
#[must_use = "nothing is attacked before `run` is awaited"]
#[derive(Clone)]
pub struct Attack {
    tool: Tool,
    seed: Option<u64>,
    cases: u32,
    classes: Vec<Class>,
    accepts_unprotected: bool,
}

impl Attack {
    /// On the tool of this type.
    pub fn of<T: SecureTool>() -> Self {
        Self::of_tool(Tool::of::<T>())
    }

    /// On a tool whose type is not at hand.
    pub fn of_tool(tool: Tool) -> Self {
        Self {
            tool,
            seed: None,
            cases: CASES,
            classes: Class::ALL.to_vec(),
            accepts_unprotected: false,
        }
    }

    /// Makes the attacks from this seed. Without it, from that of the environment variable
    /// `SECURE_TOOL_SEED`, or from a fixed one.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Makes each attack with so many samples; one by default, of its own for each attack.
    pub fn cases(mut self, cases: u32) -> Self {
        self.cases = cases;
        self
    }

    /// Makes the attacks of these classes only.
    pub fn only(mut self, classes: impl IntoIterator<Item = Class>) -> Self {
        self.classes = classes.into_iter().collect();
        self
    }

    /// Attacks a tool that protections were taken out of, as if it were whole: for the tests of the
    /// testkit itself.
    #[doc(hidden)]
    pub fn accept_unprotected(mut self) -> Self {
        self.accepts_unprotected = true;
        self
    }

    /// Makes the attacks.
    pub async fn run(self) -> Report {
        let seed = self.seed.map_or_else(seed, Ok);
        let mut report = Report::new(self.tool.spec().name, *seed.as_ref().unwrap_or(&SEED));
        report.problems.extend(seed.err());
        if !self.tool.spec().removed.is_none() && !self.accepts_unprotected {
            report.problems.push("protections were taken out of the tool".into());
        }
        if !report.problems.is_empty() {
            return report;
        }
        match self.campaign(&report).await {
            Ok(mut campaign) => {
                for class in Class::ALL.into_iter().filter(|class| self.classes.contains(class)) {
                    report.classes.push(campaign.class(class).await);
                }
            }
            Err(problem) => report.problems.push(problem),
        }
        report
    }

    async fn campaign(&self, report: &Report) -> Result<Campaign, String> {
        let trap =
            Trap::start().await.map_err(|error| format!("the trap does not start: {error}"))?;
        let subject = Subject::new(self.tool, report.seed(), trap)?;
        let mut campaign = Campaign::new(subject, report.seed(), self.cases)?;
        campaign.honest_calls_pass().await?;
        Ok(campaign)
    }
}

impl fmt::Debug for Attack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attack")
            .field("tool", &self.tool.spec().name)
            .field("seed", &self.seed)
            .finish_non_exhaustive()
    }
}

#[expect(clippy::disallowed_methods, reason = "the seed is no secret")]
fn seed() -> Result<u64, String> {
    match std::env::var(SEED_VARIABLE) {
        Ok(seed) => seed.parse().map_err(|_| format!("{SEED_VARIABLE} is no number of 64 bits")),
        Err(std::env::VarError::NotPresent) => Ok(SEED),
        Err(std::env::VarError::NotUnicode(_)) => Err(format!("{SEED_VARIABLE} is no text")),
    }
}
