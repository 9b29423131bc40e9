import Glibc

/// Makes a symbolic link that leads nowhere; false when that failed.
func symlinkNothing(_ path: String) -> Bool {
    symlink("nothing", path) == 0
}

/// Makes a symbolic link; false when that failed.
func symlinkTo(_ target: String, _ path: String) -> Bool {
    symlink(target, path) == 0
}
