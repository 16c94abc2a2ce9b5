# For tools that build with node-gyp: runs the build that CMakeLists.txt defines, and no other.
{
  "targets": [
    {
      "target_name": "gpu_health",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake",
          "message": "Building with CMake",
          "inputs": ["CMakeLists.txt"],
          # Never written, so that it is always CMake that decides what is out of date.
          "outputs": ["<(PRODUCT_DIR)/gpu_health.always"],
          "action": ["node", "<(module_root_dir)/scripts/gyp-build.mjs", "<(PRODUCT_DIR)"]
        }
      ]
    }
  ]
}
