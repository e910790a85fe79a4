//! Images come and go.

use std::sync::Arc;

use super::failure::Failure;
use super::image::{Image, whole_name};
use super::journal::{Action, Event, Subject};
use super::numbers::Ticket;
use super::request::Asked;
use super::request::Done;
use super::schedule::Due;
use super::state::Engine;

impl Engine {
    /// The engine has the image.
    pub fn add_image(&mut self, image: Image) {
        self.images.insert(image.name.clone(), Arc::new(image));
    }

    /// The registry has the image: it can be pulled.
    pub fn publish_image(&mut self, image: Image) {
        self.registry.insert(image.name.clone(), Arc::new(image));
    }

    /// The registry doesn't have the image any more.
    pub fn unpublish_image(&mut self, name: &str) {
        self.registry.remove(&whole_name(name));
    }

    /// Gives an image one more name.
    pub fn tag_image(&mut self, name: &str, other: &str) -> Result<Done, Failure> {
        let mut image = Image::clone(self.image(name)?);
        image.name = whole_name(other);
        self.add_image(image);
        Ok(Done::Now)
    }

    /// Takes a name from the engine's images. Containers made from it keep it.
    pub fn remove_image(&mut self, name: &str) -> Result<Done, Failure> {
        match self.images.remove(&whole_name(name)) {
            Some(_) => Ok(Done::Now),
            None => Err(Failure::NoSuchImage(whole_name(name))),
        }
    }

    /// The image of that name.
    pub fn image(&self, name: &str) -> Result<&Image, Failure> {
        let found = self.images.get(&whole_name(name));
        found
            .map(|image| &**image)
            .ok_or_else(|| Failure::NoSuchImage(whole_name(name)))
    }

    /// All images, by their names.
    pub fn images(&self) -> impl Iterator<Item = &Image> {
        self.images.values().map(|image| &**image)
    }

    /// Fetches an image from the registry.
    pub fn pull(&mut self, name: &str) -> Result<Done, Failure> {
        let name = whole_name(name);
        if self.habits.pull.is_zero() {
            return self.fetch(&name).map(|()| Done::Now);
        }
        let ticket = self.ticket();
        let at = self.now.after(self.habits.pull);
        self.schedule.at(at, Due::Pulled { ticket, name });
        Ok(Done::Later(ticket))
    }

    /// A pull comes to its end.
    pub(super) fn pulled(&mut self, ticket: Ticket, name: &str) {
        let result = self.fetch(name);
        self.answers.push((ticket, Asked::PullImage, result));
    }

    fn fetch(&mut self, name: &str) -> Result<(), Failure> {
        let Some(image) = self.registry.get(name) else {
            let repository = name
                .rsplit_once(':')
                .map_or(name, |(repository, _)| repository);
            return Err(Failure::PullDenied(repository.to_owned()));
        };
        self.images.insert(name.to_owned(), Arc::clone(image));
        self.journal.note(Event {
            at: self.now,
            subject: Subject::Image(name.to_owned()),
            action: Action::Pull,
        });
        Ok(())
    }
}
