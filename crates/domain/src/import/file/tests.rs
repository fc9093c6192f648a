use super::*;

fn read_in(bytes: &[u8], piece: usize, limits: FileLimits) -> Result<(Vec<String>, Vec<Record>), BadFile> {
    let mut reader = FileReader::new(limits, None);
    let mut rows = Vec::new();
    for some in bytes.chunks(piece) {
        reader.take(some, &mut rows)?;
    }
    reader.finish(&mut rows)?;
    Ok((reader.header().unwrap_or_default().to_vec(), rows))
}

/// However the bytes come, the rows are the same.
fn read(bytes: &[u8]) -> Result<(Vec<String>, Vec<Record>), BadFile> {
    let whole = read_in(bytes, bytes.len().max(1), FileLimits::default());
    for piece in [1, 2, 3, 7] {
        assert_eq!(read_in(bytes, piece, FileLimits::default()), whole, "in pieces of {piece}");
    }
    whole
}

fn cells(rows: &[Record]) -> Vec<Vec<&str>> {
    rows.iter().map(|row| row.cells.iter().map(String::as_str).collect()).collect()
}

#[test]
fn delimiters_are_found_outside_quotes() {
    for (text, delimiter) in [("a,b\n1,2\n", ","), ("a;b\n1;2\n", ";"), ("a\tb\n1\t2", "\t"), ("a|b\r\n1|2\r\n", "|")] {
        let (header, rows) = read(text.as_bytes()).unwrap();
        assert_eq!(
            (header, cells(&rows)),
            (vec!["a".to_owned(), "b".to_owned()], vec![vec!["1", "2"]]),
            "{delimiter:?}"
        );
    }
    let (header, rows) = read(b"\"a,b,c\";d\n1;2\n").unwrap();
    assert_eq!((header.len(), cells(&rows)), (2, vec![vec!["1", "2"]]));
    let (header, rows) = read(b"email\nj@example.com\n").unwrap();
    assert_eq!((header, cells(&rows)), (vec!["email".to_owned()], vec![vec!["j@example.com"]]));
}

#[test]
fn lines_are_counted_as_an_editor_does() {
    let (_, rows) = read(b"a,b\n1,\"two\nlines\"\n\n\n3,4\r\n5,\"x\r\ny\"\r\n7,8").unwrap();
    let lines: Vec<_> = rows.iter().map(|row| (row.number, row.line)).collect();
    assert_eq!(lines, [(1, 2), (2, 6), (3, 7), (4, 9)]);
    assert_eq!(cells(&rows)[0], ["1", "two\nlines"]);
}

#[test]
fn encodings_are_those_with_a_mark_and_never_guessed() {
    let utf16 = |text: &str, big: bool| -> Vec<u8> {
        let units = text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() });
        let mark = if big { [0xFE, 0xFF] } else { [0xFF, 0xFE] };
        mark.into_iter().chain(units).collect()
    };
    let text = "name,city\nZoë,København\n";
    let marked = [b"\xEF\xBB\xBF".as_slice(), text.as_bytes()].concat();
    for bytes in [text.as_bytes().to_vec(), marked, utf16(text, false), utf16(text, true)] {
        let (header, rows) = read(&bytes).unwrap();
        assert_eq!((header[0].as_str(), cells(&rows)), ("name", vec![vec!["Zoë", "København"]]));
    }
    // Latin-1.
    let wrong = read(b"name,city\nBob,Boston\nZo\xEB,K\xF8benhavn\n").unwrap_err().0;
    assert!(wrong.starts_with("line 3:") && wrong.contains("UTF-8"), "{wrong}");
    let unmarked: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert!(read(&unmarked).unwrap_err().0.contains("UTF-16"), "without a mark");
    let half = &utf16("a,b\n1,2", false)[..15];
    assert!(read(half).unwrap_err().0.contains("UTF-16"), "half a character at the end");
}

#[test]
fn a_row_that_is_cut_off_is_a_row_with_a_flaw() {
    let flaw = |text: &str| read(text.as_bytes()).unwrap().1.pop().unwrap().flaw.unwrap_or_default();
    assert_eq!(read(b"a,b\n1,\"x\ny\"\n3,\"fo\no").unwrap().1.last().unwrap().line, 4);
    let cut = flaw("a,b\n1,2\n3,\"fo");
    assert!(cut.contains("within quotes"), "{cut} {:?}", read("a,b\n1,2\n3,\"fo".as_bytes()));
    assert!(flaw("a,b\n1,2\n3").contains("has 1 cells and the header 2"));
    assert!(flaw("a,b\n1,2,3\n").contains("has 3 cells and the header 2"));
    assert_eq!(flaw("a,b\n1,\"2\""), "");
    assert_eq!(flaw("a,b\n1,5\" pipe"), "", "a quote within a cell is a character");
    assert!(flaw("a,b\n1,x\0y\n").contains("U+0000"));
    assert_eq!(flaw("a,b\n1,2\n,\n"), "", "a blank row is none of them");
}

#[test]
fn the_rest_of_a_file_goes_on_after_a_bad_row() {
    let limits = FileLimits { columns: 4, cell_bytes: 100, row_bytes: 8_192, rows: 10 };
    let huge =
        format!("a,b\n1,2\n3,{}\n{}\n\"x{}\ny\",1\n5,6\n", "z".repeat(5_000), "c,".repeat(900), "q".repeat(50_000));
    for piece in [1, 1000, huge.len()] {
        let (_, rows) = read_in(huge.as_bytes(), piece, limits).unwrap();
        let flaws: Vec<_> = rows.iter().map(|row| (row.line, row.flaw.is_some())).collect();
        assert_eq!(flaws, [(2, false), (3, true), (4, true), (5, true), (7, false)], "in pieces of {piece}");
        assert!(rows[1].flaw.as_ref().unwrap().contains("cell 2 has more than 100 bytes"));
        assert!(rows[2].flaw.as_ref().unwrap().contains("more than 4 cells"));
        assert!(rows[3].flaw.as_ref().unwrap().contains("more than 8192 bytes"));
        assert_eq!(cells(&rows)[4], ["5", "6"]);
    }
}

#[test]
fn files_that_are_none_are_refused() {
    assert!(read(b"").unwrap_err().0.contains("empty"));
    assert!(read(b"\n\n\r\n").unwrap_err().0.contains("empty"));
    assert_eq!(read(b"a,b").unwrap(), (vec!["a".to_owned(), "b".to_owned()], Vec::new()));
    let limits = FileLimits { rows: 1, ..FileLimits::default() };
    assert!(read_in(b"a\n1\n2\n", 100, limits).unwrap_err().0.contains("more than 1 rows"));
    let wide = "c,".repeat(100_000);
    assert!(read_in(wide.as_bytes(), 4096, FileLimits::default()).unwrap_err().0.contains("more than 250 cells"));
    assert!(read_in(&vec![b'x'; 1 << 20], 4096, FileLimits::default()).unwrap_err().0.contains("bytes"));
}
