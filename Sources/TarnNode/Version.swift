/// What `tarn --version` and every node say.
package enum Version {
    package static let text = "0.1.0"
}
