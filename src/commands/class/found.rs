//! The class that a command looks at, and its students: by the roster, or by the name of the class and the
//! tags of its stacks.

use clap::Args;

use super::accounts::accounts;
use super::roster_file::RosterFile;
use crate::class::{Account, Accounts, Member, Roster, name};
use crate::cloud::NamedValues;
use crate::context::Context;
use crate::deploy::Membership;
use crate::error::{CREATE, Error};
use crate::invocation::quoted;
use crate::options::Options;
use crate::wording::{known_names, nearest};

#[derive(Args, Clone, Debug, Default)]
pub struct ClassChoice {
    #[command(flatten)]
    file: RosterFile,
    /// Name of the class, instead of a roster: its stacks have it in their tags
    #[arg(long, value_name = "NAME", conflicts_with = "roster")]
    class: Option<String>,
}

/// A class, and where it is.
pub struct Found {
    pub class: String,
    /// `None` if it was named instead.
    pub roster: Option<Roster>,
    /// With the place that the roster says.
    pub context: Context,
}

impl ClassChoice {
    /// The option as it has to be typed again, with a space before it.
    pub fn as_typed(&self) -> String {
        match &self.class {
            Some(class) => format!(" --class {}", quoted(class)),
            None => self.file.as_typed(),
        }
    }

    pub fn find(&self, context: &Context) -> Result<Found, Error> {
        match &self.class {
            Some(class) => Found::named(class, &self.file, context),
            None => Found::of_file(&self.file, context).map_err(|error| {
                match self.file.path().exists() {
                    true => error,
                    false => error.hint(
                        "or name the class with --class NAME: its stacks have it in their tags",
                    ),
                }
            }),
        }
    }
}

impl ClassChoice {
    /// What helps where a command on one student's stack has failed: a class creates its stacks itself.
    pub fn explain(&self, mut error: Error) -> Error {
        let up = format!("mafia class up{}", self.file.as_typed());
        for hint in error.hints.iter_mut().filter(|hint| *hint == CREATE) {
            *hint = format!("run `{up}` to create it");
        }
        error
    }
}

impl Found {
    pub fn of_file(file: &RosterFile, context: &Context) -> Result<Self, Error> {
        let (roster, context) = file.read(context)?;
        Ok(Self {
            class: roster.class.clone(),
            roster: Some(roster),
            context,
        })
    }

    /// The class of that name; with the roster, if it is the roster's class.
    pub fn named(class: &str, file: &RosterFile, context: &Context) -> Result<Self, Error> {
        let class = name::class(class)?;
        if file.path().exists() {
            let of_file = Self::of_file(file, context);
            if let Some(found) = of_file.ok().filter(|found| found.class == class) {
                return Ok(found);
            }
        }
        Ok(Self {
            class,
            roster: None,
            context: context.elsewhere(context.options.clone()),
        })
    }

    /// No class yet: the place that the options say.
    pub fn anywhere(context: &Context) -> Self {
        Self {
            class: String::new(),
            roster: None,
            context: context.elsewhere(context.options.clone()),
        }
    }

    /// Those of the roster.
    pub fn members(&self) -> &[Member] {
        self.roster.as_ref().map_or(&[], |roster| &roster.members)
    }

    /// Connects to the accounts of the class, and says which they are.
    pub async fn accounts(&self) -> Result<Accounts, Error> {
        let what = match self.class.as_str() {
            "" => "classes".to_owned(),
            class => format!("class {class}"),
        };
        // Without a roster, all are where the options say.
        let somebody = [member(String::new(), String::new())];
        let members = match &self.roster {
            Some(roster) => &roster.members[..],
            None => &somebody,
        };
        accounts(&self.context, members, &what).await
    }

    /// The students of the roster, or else those with a stack; of these the `named`, or all if none is named.
    pub async fn students(
        &self,
        accounts: &Accounts,
        named: &[String],
    ) -> Result<Vec<Member>, Error> {
        let mut all = self.members().to_vec();
        if self.roster.is_none() {
            for place in accounts.places() {
                let stacks = place.cloud.stacks().await?;
                all.extend(stacks.iter().filter_map(|stack| {
                    let place = Membership::of(stack).filter(|it| it.class == self.class)?;
                    Some(member(place.student?, stack.name.clone()))
                }));
            }
            all.sort_by(|one, other| one.student.cmp(&other.student));
        }
        if all.is_empty() {
            return Err(Error::failed(format!(
                "class {} has no student with a stack here",
                self.class
            ))
            .hint("run `mafia list` to see what there is")
            .hint("choose where to look with --target, --region or --endpoint-url"));
        }
        if named.is_empty() {
            return Ok(all);
        }
        named
            .iter()
            .map(|typed| self.student(&all, typed))
            .collect()
    }

    fn student(&self, all: &[Member], typed: &str) -> Result<Member, Error> {
        let normalised = name::student(&self.class, typed).unwrap_or_else(|_| typed.to_owned());
        let is_it = |it: &&Member| it.student == normalised || it.stack == typed;
        if let Some(found) = all.iter().find(is_it) {
            return Ok(found.clone());
        }
        let known: Vec<String> = all.iter().map(|it| it.student.clone()).collect();
        let nearest = nearest(&normalised, known.iter().map(String::as_str));
        Err(
            Error::usage(format!("class {} has no student {typed}", self.class))
                .hints(known_names("students", &known, nearest)),
        )
    }

    /// What a command works with on the stack of the student that is called so.
    /// Texts name the commands of the class, with the option `choice` that chose it.
    pub async fn context_of(&self, student: &str, choice: &str) -> Result<Context, Error> {
        let named = [student.to_owned()];
        let students = match &self.roster {
            Some(_) => vec![self.student(self.members(), student)?],
            None => self.students(&self.accounts().await?, &named).await?,
        };
        let mut options = self.options_of(&students[0]);
        options.invocation = options.invocation.of_student(&students[0].student, choice);
        Ok(Context::new(options))
    }

    /// The options of a command that works on this student's stack alone.
    pub fn options_of(&self, member: &Member) -> Options {
        let mut options = self.context.options.clone();
        options.invocation = options.invocation.of_stack(&member.stack);
        let account = &member.account;
        options.stack = Some(member.stack.clone());
        options.workshop = Some(name::workshop(&self.class));
        options.profile = account.profile.clone().or(options.profile);
        options.region = account.region.clone().or(options.region);
        options.assumed_role = account.role.clone().or(options.assumed_role);
        options
    }
}

/// A student that no roster names.
fn member(student: String, stack: String) -> Member {
    Member {
        student,
        stack,
        account: Account::default(),
        parameters: NamedValues::new(),
    }
}
