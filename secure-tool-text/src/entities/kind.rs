//! The kind of an entity: a stable id, a class, and a placeholder.

use std::fmt;
use std::hash::{Hash, Hasher};

/// The sensitivity class of an entity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Class {
    /// Contact data of a person or a machine.
    Contact,
    /// Identity and payment data of a person.
    Identity,
    /// A credential, such as a key or a token.
    Credential,
}

/// The id, class and placeholder of a kind. Your own recognizer declares a `static` label.
///
/// ```
/// use secure_tool_text::entities::{Class, Kind, Label};
///
/// static BADGE: Label = Label::new("badge", Class::Identity, "[badge removed]");
/// assert_eq!(Kind::of(&BADGE).id(), "badge");
/// ```
#[derive(Debug, PartialEq, Eq)]
pub struct Label {
    id: &'static str,
    class: Class,
    placeholder: &'static str,
}

impl Label {
    /// Creates a label from a stable id, a class and a placeholder, such as `[badge removed]`.
    #[must_use]
    pub const fn new(id: &'static str, class: Class, placeholder: &'static str) -> Self {
        Self { id, class, placeholder }
    }
}

/// The kind of an entity. Kinds with the same id are equal.
///
/// ```
/// use secure_tool_text::entities::{Class, Kind};
///
/// assert_eq!((Kind::CARD.id(), Kind::CARD.class()), ("card", Class::Identity));
/// assert_eq!(Kind::CARD.placeholder(), "[card removed]");
/// ```
#[derive(Clone, Copy)]
pub struct Kind(&'static Label);

impl Kind {
    /// Returns the kind of a label.
    #[must_use]
    pub const fn of(label: &'static Label) -> Self {
        Self(label)
    }

    /// Returns the stable id, such as `email`, `us_ssn` or `api_key.github`.
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.0.id
    }

    /// Returns the class.
    #[must_use]
    pub const fn class(self) -> Class {
        self.0.class
    }

    /// Returns the placeholder that replaces an entity, such as `[email removed]`.
    #[must_use]
    pub const fn placeholder(self) -> &'static str {
        self.0.placeholder
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.id)
    }
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.0, other.0) || self.0.id == other.0.id
    }
}

impl Eq for Kind {}

impl Hash for Kind {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.id.hash(state);
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $name:ident = $id:literal, $class:ident, $placeholder:literal;)*) => {
        impl Kind {
            $($(#[$doc])* pub const $name: Self = Self(&Label::new($id, Class::$class, $placeholder));)*
        }
    };
}

kinds! {
    /// An e-mail address.
    EMAIL = "email", Contact, "[email removed]";
    /// A telephone number.
    PHONE = "phone", Contact, "[phone removed]";
    /// An IP address, version 4 or 6.
    IP = "ip", Contact, "[ip address removed]";
    /// A hardware address.
    MAC = "mac", Contact, "[mac address removed]";
    /// A payment card number.
    CARD = "card", Identity, "[card removed]";
    /// An international bank account number.
    IBAN = "iban", Identity, "[iban removed]";
    /// A US Social Security number.
    US_SSN = "us_ssn", Identity, "[us ssn removed]";
    /// A Spanish tax identification number of citizens (DNI).
    ES_DNI = "es_dni", Identity, "[es dni removed]";
    /// A Spanish identification number of foreigners (NIE).
    ES_NIE = "es_nie", Identity, "[es nie removed]";
    /// An Italian fiscal code.
    IT_CODICE_FISCALE = "it_codice_fiscale", Identity, "[it codice fiscale removed]";
    /// An NHS number of England.
    UK_NHS = "uk_nhs", Identity, "[uk nhs number removed]";
    /// A British National Insurance number.
    UK_NINO = "uk_nino", Identity, "[uk nino removed]";
    /// A Polish PESEL.
    PL_PESEL = "pl_pesel", Identity, "[pl pesel removed]";
    /// A Brazilian CPF, for natural persons.
    BR_CPF = "br_cpf", Identity, "[br cpf removed]";
    /// A Brazilian CNPJ, for companies.
    BR_CNPJ = "br_cnpj", Identity, "[br cnpj removed]";
    /// A Dutch citizen service number.
    NL_BSN = "nl_bsn", Identity, "[nl bsn removed]";
    /// A Finnish personal identity code.
    FI_HETU = "fi_hetu", Identity, "[fi hetu removed]";
    /// A Swedish personal identity number.
    SE_PERSONNUMMER = "se_personnummer", Identity, "[se personnummer removed]";
    /// An Indian Aadhaar number.
    IN_AADHAAR = "in_aadhaar", Identity, "[in aadhaar removed]";
    /// A French social security number.
    FR_NIR = "fr_nir", Identity, "[fr nir removed]";
    /// A German tax identification number.
    DE_STEUER_ID = "de_steuer_id", Identity, "[de steuer-id removed]";
    /// An Australian tax file number.
    AU_TFN = "au_tfn", Identity, "[au tfn removed]";
    /// An Australian business number.
    AU_ABN = "au_abn", Identity, "[au abn removed]";
    /// An Australian Medicare number.
    AU_MEDICARE = "au_medicare", Identity, "[au medicare removed]";
    /// A Singaporean NRIC or FIN.
    SG_NRIC = "sg_nric", Identity, "[sg nric removed]";
    /// A Canadian social insurance number.
    CA_SIN = "ca_sin", Identity, "[ca sin removed]";
    /// A Belgian national number.
    BE_NN = "be_nn", Identity, "[be national number removed]";
    /// A Swiss social security number.
    CH_AHV = "ch_ahv", Identity, "[ch ahv removed]";
    /// A Chinese resident identity number.
    CN_RESIDENT = "cn_resident", Identity, "[cn resident number removed]";
    /// A South Korean resident registration number.
    KR_RRN = "kr_rrn", Identity, "[kr rrn removed]";
    /// A South African identity number.
    ZA_ID = "za_id", Identity, "[za id removed]";
    /// A Turkish identification number.
    TR_TCKN = "tr_tckn", Identity, "[tr tckn removed]";
    /// An Israeli identity number.
    IL_ID = "il_id", Identity, "[il id removed]";
    /// A Portuguese tax number.
    PT_NIF = "pt_nif", Identity, "[pt nif removed]";
    /// The user and password of a URL.
    URL_CREDENTIALS = "url_credentials", Credential, "[url credentials removed]";
    /// A JSON Web Token.
    JWT = "jwt", Credential, "[jwt removed]";
    /// A private key in PEM.
    PEM = "pem", Credential, "[private key removed]";
    /// A random value that is assigned to a name such as `password` or `api_key`.
    SECRET = "secret_assignment", Credential, "[secret value removed]";
}

/// A set of kinds, built from classes and single kinds.
///
/// ```
/// use secure_tool_text::entities::{Class, Kind, Kinds};
///
/// let kinds = Kinds::of(&[Class::Credential, Class::Identity]).without(Kind::IBAN).with(Kind::EMAIL);
/// assert!(kinds.contains(Kind::CARD) && kinds.contains(Kind::EMAIL));
/// assert!(!kinds.contains(Kind::IBAN) && !kinds.contains(Kind::PHONE));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kinds {
    classes: [bool; 3],
    with: Vec<Kind>,
    without: Vec<Kind>,
}

impl Kinds {
    /// Returns all kinds.
    #[must_use]
    pub const fn all() -> Self {
        Self { classes: [true; 3], with: Vec::new(), without: Vec::new() }
    }

    /// Returns all kinds of these classes.
    #[must_use]
    pub fn of(classes: &[Class]) -> Self {
        let has = |class| classes.contains(&class);
        Self {
            classes: [has(Class::Contact), has(Class::Identity), has(Class::Credential)],
            with: Vec::new(),
            without: Vec::new(),
        }
    }

    /// Adds a kind.
    #[must_use]
    pub fn with(mut self, kind: Kind) -> Self {
        self.without.retain(|other| *other != kind);
        self.with.push(kind);
        self
    }

    /// Removes a kind.
    #[must_use]
    pub fn without(mut self, kind: Kind) -> Self {
        self.with.retain(|other| *other != kind);
        self.without.push(kind);
        self
    }

    /// Returns whether the set contains a kind.
    #[must_use]
    pub fn contains(&self, kind: Kind) -> bool {
        let [contact, identity, credential] = self.classes;
        let by_class = match kind.class() {
            Class::Contact => contact,
            Class::Identity => identity,
            Class::Credential => credential,
        };
        (by_class && !self.without.contains(&kind)) || self.with.contains(&kind)
    }
}
