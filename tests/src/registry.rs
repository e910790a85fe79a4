//! A registry of one image, on a port of this machine's loopback address, from which engines pull
//! without TLS.

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::image;

const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const CONFIG: &str = "application/vnd.docker.container.image.v1+json";
/// Engines see for themselves whether a layer is compressed.
const LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
const BLOB: &str = "application/octet-stream";

/// A registry that has the test gateway's image. It listens until the process ends.
pub struct Registry {
    image: String,
    pulls: Arc<Mutex<u32>>,
}

struct Shelf {
    documents: BTreeMap<String, (&'static str, Vec<u8>)>,
    layer: String,
    pulls: Arc<Mutex<u32>>,
}

impl Registry {
    /// Opens one, with the image under a name that nobody has pulled.
    pub fn open(name: &str) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let registry = Self {
            image: format!("{}/{name}:pulled", listener.local_addr()?),
            pulls: Arc::default(),
        };
        let shelf = Arc::new(Shelf::new(name, Arc::clone(&registry.pulls)));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let shelf = Arc::clone(&shelf);
                // An engine that hangs up early asks again.
                thread::spawn(move || drop(shelf.serve(client)));
            }
        });
        Ok(registry)
    }

    /// The image, as an engine is to be asked for it.
    pub fn image(&self) -> &str {
        &self.image
    }

    /// How often the image's layer was fetched.
    pub fn pulls(&self) -> u32 {
        *self.pulls.lock().expect("no panic while it is held")
    }
}

impl Shelf {
    fn new(name: &str, pulls: Arc<Mutex<u32>>) -> Self {
        // One that an engine has already isn't fetched, wherever it is from.
        let layer = image::layer(name);
        let architecture = match ARCH {
            "x86_64" => "amd64",
            "aarch64" => "arm64",
            other => other,
        };
        let config = json!({
            "architecture": architecture,
            "os": "linux",
            "config": { "Entrypoint": ["/gateway"] },
            "rootfs": { "type": "layers", "diff_ids": [digest(&layer)] },
        });
        let config = config.to_string().into_bytes();
        let described = |media: &str, bytes: &[u8]| -> Value {
            json!({ "mediaType": media, "size": bytes.len(), "digest": digest(bytes) })
        };
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": described(CONFIG, &config),
            "layers": [described(LAYER, &layer)],
        });
        let manifest = manifest.to_string().into_bytes();
        let path = |kind: &str, reference: &str| format!("/v2/{name}/{kind}/{reference}");
        let documents = [
            ("/v2/".to_owned(), ("application/json", b"{}".to_vec())),
            (path("manifests", "pulled"), (MANIFEST, manifest.clone())),
            (path("manifests", &digest(&manifest)), (MANIFEST, manifest)),
            (path("blobs", &digest(&config)), (BLOB, config)),
            (path("blobs", &digest(&layer)), (BLOB, layer.clone())),
        ];
        Self {
            documents: documents.into(),
            layer: path("blobs", &digest(&layer)),
            pulls,
        }
    }

    fn serve(&self, mut client: TcpStream) -> io::Result<()> {
        let mut lines = BufReader::new(client.try_clone()?).lines();
        let line = lines.next().unwrap_or_else(|| Ok(String::new()))?;
        for header in lines {
            if header?.is_empty() {
                break;
            }
        }
        let mut words = line.split(' ');
        let (method, path) = (words.next(), words.next().unwrap_or_default());
        let Some((media, bytes)) = self.documents.get(path) else {
            let nothing =
                "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            return client.write_all(nothing.as_bytes());
        };
        if method == Some("GET") && path == self.layer {
            *self.pulls.lock().expect("no panic while it is held") += 1;
        }
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\
             Docker-Content-Digest: {}\r\nDocker-Distribution-Api-Version: registry/2.0\r\nConnection: close\r\n\r\n",
            bytes.len(),
            digest(bytes)
        );
        client.write_all(head.as_bytes())?;
        if method == Some("GET") {
            client.write_all(bytes)?;
        }
        client.flush()
    }
}

fn digest(bytes: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(bytes)))
}
