//! The unpacking of a fetched set, with archives made here. It may not go to the network.

use std::path::PathBuf;

use super::*;

fn archive(entries: &[(&str, u32, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast()));
    for (path, mode, text) in entries {
        let mut header = tar::Header::new_gnu();
        // Written by hand: the builder itself would refuse the paths that an attacker would choose.
        header.as_mut_bytes()[..path.len()].copy_from_slice(path.as_bytes());
        header.set_size(text.len() as u64);
        header.set_mode(*mode);
        header.set_cksum();
        builder.append(&header, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("liaison-unpack-{}", uuid::Uuid::new_v4().simple()));
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_set_is_unpacked_with_its_programs_and_links() {
    let folder = Folder::new();
    let links = r#"[{"source":"native/lib/libpq.so.5.18","target":"native/lib/libpq.so.5"}]"#;
    let bytes = archive(&[
        ("package/package.json", 0o644, "{}"),
        ("package/native/bin/initdb", 0o755, "#!/bin/sh"),
        ("package/native/lib/libpq.so.5.18", 0o644, "library"),
        ("package/native/pg-symlinks.json", 0o644, links),
    ]);
    let set = folder.0.join("set");
    unpack("a set", &bytes, &set).unwrap();
    assert_eq!(fs::read_to_string(set.join("lib/libpq.so.5")).unwrap(), "library");
    assert_eq!(fs::metadata(set.join("bin/initdb")).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(fs::metadata(set.join("lib/libpq.so.5.18")).unwrap().permissions().mode() & 0o777, 0o644);
    assert!(!set.join("package.json").exists());
}

#[test]
fn nothing_is_written_or_linked_outside_the_set() {
    let link = |text| ("package/native/pg-symlinks.json", 0o644, text);
    let attacks: [&[(&str, u32, &str)]; 4] = [
        &[("package/native/../../../escaped", 0o644, "out")],
        &[link(r#"[{"source":"native/../../etc/passwd","target":"native/passwd"}]"#)],
        &[link(r#"[{"source":"native/a","target":"native/../../escaped"}]"#)],
        &[link(r#"[{"source":"/etc/passwd","target":"native/passwd"}]"#)],
    ];
    for attack in attacks {
        let folder = Folder::new();
        let refused = unpack("a set", &archive(attack), &folder.0.join("inner/set")).unwrap_err();
        assert!(matches!(refused, ClusterError::Package { .. }), "{refused}");
        assert!(!folder.0.join("escaped").exists());
        assert!(fs::symlink_metadata(folder.0.join("inner/set/passwd")).is_err());
    }
}

#[test]
fn other_bytes_than_the_pinned_ones_are_refused() {
    let refused = require_checksum(&PACKAGES[0], b"something else").unwrap_err();
    assert!(refused.to_string().contains("checksum"), "{refused}");
}

#[test]
fn every_checksum_is_one() {
    for package in &PACKAGES {
        assert_eq!(STANDARD.decode(package.sha512).unwrap().len(), 64, "{}", package.name);
    }
}
