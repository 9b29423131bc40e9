/// How the connections of one database file are set up.
package struct SQLiteConfiguration: Sendable {
    /// Bytes of page cache of the writer.
    package var writerCacheBytes = 16 << 20
    /// Bytes of page cache of each reader.
    package var readerCacheBytes = 4 << 20
    /// Bytes in the write-ahead log after which it is copied into the file.
    package var checkpointBytes = 8 << 20
    /// Bytes that the write-ahead log keeps on disk when it was reset.
    package var journalBytesMax = 64 << 20

    package static let pageBytes = 8_192

    package init() {}

    /// Set before the first page is written; `synchronous=NORMAL` never corrupts a WAL database and loses at most
    /// commits that the watermark then asks for again.
    var writerScript: String {
        """
        PRAGMA page_size = \(Self.pageBytes);
        PRAGMA auto_vacuum = NONE;
        PRAGMA journal_mode = WAL;
        PRAGMA synchronous = NORMAL;
        PRAGMA foreign_keys = OFF;
        PRAGMA secure_delete = OFF;
        PRAGMA temp_store = MEMORY;
        PRAGMA mmap_size = 0;
        PRAGMA cell_size_check = ON;
        PRAGMA cache_size = -\(self.writerCacheBytes / 1_024);
        PRAGMA wal_autocheckpoint = \(self.checkpointBytes / Self.pageBytes);
        PRAGMA journal_size_limit = \(self.journalBytesMax);
        """
    }

    var readerScript: String {
        """
        PRAGMA temp_store = MEMORY;
        PRAGMA mmap_size = 0;
        PRAGMA trusted_schema = OFF;
        PRAGMA cell_size_check = ON;
        PRAGMA cache_size = -\(self.readerCacheBytes / 1_024);
        """
    }
}
