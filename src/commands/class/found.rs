//! The class that a command works with, and its students: by the roster, or by the name of the class and the
//! tags of its stacks.

use clap::Args;

use super::roster_file::RosterFile;
use crate::class::look::Expected;
use crate::class::{Member, Roster, name};
use crate::cloud::Cloud;
use crate::context::Context;
use crate::deploy::Membership;
use crate::error::Error;
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
    pub fn find(&self, context: &Context) -> Result<Found, Error> {
        match &self.class {
            Some(class) => Found::named(class, &self.file, context),
            None => Found::of_file(&self.file, context),
        }
    }
}

impl Found {
    pub fn of_file(file: &RosterFile, context: &Context) -> Result<Self, Error> {
        let (roster, context) = file.read(context).map_err(|error| {
            error.hint("or name the class with --class NAME: its stacks have it in their tags")
        })?;
        Ok(Self {
            class: roster.class.clone(),
            roster: Some(roster),
            context,
        })
    }

    /// The class of that name; with the roster, if that is the roster's class.
    pub fn named(class: &str, file: &RosterFile, context: &Context) -> Result<Self, Error> {
        let class = name::class(class).map_err(|problem| {
            Error::usage(format!("`{class}` is not the name of a class: {problem}"))
                .hint(problem.expected())
        })?;
        if file.path().exists()
            && let Ok((roster, context)) = file.read(context)
            && roster.class == class
        {
            return Ok(Self {
                class,
                roster: Some(roster),
                context,
            });
        }
        Ok(Self {
            class,
            roster: None,
            context: Context::new(context.options.clone()),
        })
    }

    /// Connects, and says where and as whom.
    pub async fn announced_cloud(&self) -> Result<Cloud, Error> {
        let cloud = self.context.cloud().await?;
        let what = format!("class {}", self.class);
        self.context.announce(&cloud, &what).await?;
        Ok(cloud)
    }

    /// Those of the roster.
    pub fn expected(&self) -> Vec<Expected> {
        let members = self.roster.iter().flat_map(|roster| &roster.members);
        let expected = members.map(|member| Expected {
            student: member.student.clone(),
            stack: member.stack.clone(),
        });
        expected.collect()
    }

    /// The students of the roster, or else those with a stack; of these the `named`, or all if none is named.
    pub async fn students(&self, cloud: &Cloud, named: &[String]) -> Result<Vec<Expected>, Error> {
        let mut all = self.expected();
        if self.roster.is_none() {
            let stacks = cloud.stacks().await?;
            all.extend(stacks.iter().filter_map(|stack| {
                let place = Membership::of(stack).filter(|place| place.class == self.class)?;
                Some(Expected {
                    student: place.student?,
                    stack: stack.name.clone(),
                })
            }));
            all.sort();
        }
        if all.is_empty() {
            return Err(Error::failed(format!("class {} has no stacks here", self.class))
                .hint("run `mafia list` to see what there is")
                .hint("choose where to look with --target, --region or --endpoint-url"));
        }
        if named.is_empty() {
            return Ok(all);
        }
        named.iter().map(|typed| self.student(&all, typed)).collect()
    }

    fn student(&self, all: &[Expected], typed: &str) -> Result<Expected, Error> {
        let normalised = name::student(&self.class, typed).unwrap_or_else(|_| typed.to_owned());
        let is_it = |it: &&Expected| it.student == normalised || it.stack == typed;
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
    pub async fn context_of(&self, student: &str) -> Result<Context, Error> {
        let cloud = self.context.cloud().await?;
        let named = [student.to_owned()];
        let students = self.students(&cloud, &named).await?;
        Ok(Context::new(self.options_of(&students[0])))
    }

    /// The options of a command that works on this student's stack alone.
    pub fn options_of(&self, student: &Expected) -> Options {
        let mut options = self.context.options.of_stack(&student.stack);
        options.stack = Some(student.stack.clone());
        let member = |it: &&Member| it.stack == student.stack;
        let members = self.roster.iter().flat_map(|roster| &roster.members);
        if let Some(member) = members.into_iter().find(member) {
            let account = &member.account;
            options.profile = account.profile.clone().or(options.profile);
            options.region = account.region.clone().or(options.region);
        }
        options
    }
}
