//! Runs the attacks on one tool, and reports the results.

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

/// The default seed. Its value is arbitrary and fixed, so that tests are deterministic.
const SEED: u64 = 0x5EC0_7001;
/// The environment variable that sets the seed.
const SEED_VARIABLE: &str = "SECURE_TOOL_SEED";
/// The default number of samples per attack.
const CASES: u32 = 1;

/// Attacks a tool with all classes, and returns the report.
///
/// Await it in a tokio runtime with time and I/O enabled, as `#[tokio::test]` provides one. No
/// traffic leaves the machine.
///
/// # Examples
///
/// ```
/// use secure_tool::prelude::*;
///
/// /// A shop.
/// #[derive(SecureApi)]
/// #[secure(
///     url = "https://api.shop.example/v1",
///     scopes("products:read"),
///     auth(bearer = "SHOP_API_KEY"),
///     receives(public),
///     rate_limit(600 / minute)
/// )]
/// pub struct Shop;
///
/// /// One product.
/// #[derive(Serialize, Deserialize, JsonSchema, SecureResponse)]
/// pub struct Product { name: String }
///
/// /// Finds a product.
/// #[derive(Debug, Deserialize, JsonSchema, Validate, SecureTool)]
/// #[secure(api = Shop, get = "/products", scopes("products:read"), response = Product)]
/// pub struct FindProduct {
///     #[validate(length(min = 1, max = 80))]
///     term: String,
/// }
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

/// A configuration of the attacks on one tool. [`attack`] runs the default one.
///
/// Defaults: all classes, 1 sample per attack, a fixed seed.
///
/// # Examples
///
/// ```
/// # use secure_tool::prelude::*;
/// # /// A shop.
/// # #[derive(SecureApi)]
/// # #[secure(
/// #     url = "https://api.shop.example/v1", scopes("products:read"),
/// #     auth(bearer = "SHOP_API_KEY"), receives(public), rate_limit(600 / minute)
/// # )]
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
/// let report = Attack::of::<FindProduct>().seed(7).only([Class::UrlStructure]).run().await;
/// let class = report.class(Class::UrlStructure).expect("the class was selected");
/// assert_eq!(class.verdict, Verdict::Withstood);
/// assert_eq!(class.fields, ["/term"]);
/// # }
/// ```
#[must_use = "the attacks start when `run` is awaited"]
#[derive(Clone)]
pub struct Attack {
    tool: Tool,
    seed: Option<u64>,
    cases: u32,
    classes: Vec<Class>,
    accepts_unprotected: bool,
}

impl Attack {
    /// Attacks the tool of this type.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::Attack;
    /// # async fn example<FindProduct: secure_tool::SecureTool>() {
    /// Attack::of::<FindProduct>().run().await.assert();
    /// # }
    /// ```
    pub fn of<T: SecureTool>() -> Self {
        Self::of_tool(Tool::of::<T>())
    }

    /// Attacks a tool value, for example each tool of a toolset.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::Attack;
    /// # async fn example<SupportTools: secure_tool::SecureToolset>() {
    /// for tool in SupportTools::TOOLS {
    ///     Attack::of_tool(*tool).run().await.assert();
    /// }
    /// # }
    /// ```
    pub fn of_tool(tool: Tool) -> Self {
        Self {
            tool,
            seed: None,
            cases: CASES,
            classes: Class::ALL.to_vec(),
            accepts_unprotected: false,
        }
    }

    /// Sets the seed. Default: the environment variable `SECURE_TOOL_SEED`, or a fixed seed.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::Attack;
    /// # async fn example<FindProduct: secure_tool::SecureTool>() {
    /// Attack::of::<FindProduct>().seed(7).run().await.assert();
    /// # }
    /// ```
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Sets the number of samples per attack. Default: 1. Minimum: 1.
    ///
    /// Some attacks use fewer samples, because more would test nothing new.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::Attack;
    /// # async fn example<FindProduct: secure_tool::SecureTool>() {
    /// Attack::of::<FindProduct>().cases(20).run().await.assert();
    /// # }
    /// ```
    pub fn cases(mut self, cases: u32) -> Self {
        self.cases = cases;
        self
    }

    /// Selects these classes. Default: all classes.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::{Attack, Class};
    /// # async fn example<FindProduct: secure_tool::SecureTool>() {
    /// Attack::of::<FindProduct>().only([Class::Ssrf, Class::Flow]).run().await.assert();
    /// # }
    /// ```
    pub fn only(mut self, classes: impl IntoIterator<Item = Class>) -> Self {
        self.classes = classes.into_iter().collect();
        self
    }

    /// Accepts a tool from which protections were removed, for the tests of the testkit itself.
    #[doc(hidden)]
    pub fn accept_unprotected(mut self) -> Self {
        self.accepts_unprotected = true;
        self
    }

    /// Runs the attacks.
    ///
    /// Await it in a tokio runtime with time and I/O enabled.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::Attack;
    /// # async fn example<FindProduct: secure_tool::SecureTool>() {
    /// let report = Attack::of::<FindProduct>().run().await;
    /// println!("{report}");
    /// # }
    /// ```
    pub async fn run(self) -> Report {
        let seed = self.seed.map_or_else(seed, Ok);
        let mut report = Report::new(self.tool.spec().name, *seed.as_ref().unwrap_or(&SEED));
        report.problems.extend(seed.err());
        if !self.tool.spec().removed.is_none() && !self.accepts_unprotected {
            report.problems.push(
                "protections were removed from the tool; attack the tool as it is declared".into(),
            );
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
        let trap = Trap::start()
            .await
            .map_err(|error| format!("the listener of the trap does not start: {error}"))?;
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

#[expect(clippy::disallowed_methods, reason = "the seed is not a secret")]
fn seed() -> Result<u64, String> {
    match std::env::var(SEED_VARIABLE) {
        Ok(seed) => {
            seed.parse().map_err(|_| format!("{SEED_VARIABLE} is not an unsigned 64-bit number"))
        }
        Err(std::env::VarError::NotPresent) => Ok(SEED),
        Err(std::env::VarError::NotUnicode(_)) => {
            Err(format!("{SEED_VARIABLE} is not valid Unicode"))
        }
    }
}
