"""The set-up guide: for each vendor which credential to make, with the least grant, and the very page."""
from __future__ import annotations

from checks.providers.guide import Rotation, Step

NEEDS = ("The host of the registry, and a credential of its own that may only pull. Where a pipeline pushes, it has another "
         "one: a server that is broken into must not be able to change images.")
LEAST = ("pull alone: “Repo Read-only” (Docker Hub), read:packages (GHCR), read_registry (GitLab), Read for a robot account "
         "(Quay, Harbor), AmazonEC2ContainerRegistryPullOnly (ECR), AcrPull (ACR), Artifact Registry Reader (Google), "
         "registry read (DigitalOcean)")
STEPS = (
    ("Docker Hub (docker.io): make an access token with “Repo Read-only”. The user name is your Docker ID, not the e-mail "
     "address; for a token of an organisation it is the organisation's name.",
     "https://app.docker.com/settings/personal-access-tokens"),
    ("GitHub (ghcr.io): make a personal access token (classic) with read:packages alone; fine-grained ones are not taken. "
     "Where the organisation enforces single sign-on, press “Configure SSO” beside the token and authorise it.",
     "https://github.com/settings/tokens/new?scopes=read:packages&description=dflow"),
    ("GitLab (registry.gitlab.com, or your own host with its port): make a deploy token with read_registry under Settings, "
     "Repository of the project or group. Its user name is shown with it, gitlab+deploy-token-N.",
     "https://docs.gitlab.com/user/project/deploy_tokens/"),
    ("Quay (quay.io): make a robot account and give it Read on the repository. The user name is ORGANISATION+NAME.",
     "https://docs.quay.io/glossary/robot-accounts.html"),
    ("Harbor (your own host): make a robot account in the project with “Pull repository”. The user name is "
     "robot$PROJECT+NAME, with the $ as it is.", "https://goharbor.io/docs/latest/working-with-projects/project-configuration/"
                                                 "create-robot-accounts/"),
    ("Amazon ECR (ACCOUNT.dkr.ecr.REGION.amazonaws.com): make an IAM user of its own with "
     "AmazonEC2ContainerRegistryPullOnly. Its access key id is the user name, the secret access key the password; it is "
     "exchanged for a token of 12 hours each time, so nothing here ends.", "https://console.aws.amazon.com/iam/home#/users"),
    ("Amazon ECR Public (public.ecr.aws): leave user name and password blank.", "https://gallery.ecr.aws/"),
    ("Azure (NAME.azurecr.io): make a token with the scope map _repositories_pull under Repository permissions, or a service "
     "principal with AcrPull.", "https://portal.azure.com/#browse/Microsoft.ContainerRegistry%2Fregistries"),
    ("Google Artifact Registry (LOCATION-docker.pkg.dev): make a service account with Artifact Registry Reader and a JSON key. "
     "The user name is _json_key, the password the whole JSON.", "https://console.cloud.google.com/iam-admin/serviceaccounts"),
    ("DigitalOcean (registry.digitalocean.com): make an API token with registry read alone. It is the user name and the "
     "password.", "https://cloud.digitalocean.com/account/api/tokens"),
    ("Any other registry: the host with its port, and a user that may only pull. Leave user name and password blank where all "
     "images are public.", "https://distribution.github.io/distribution/about/deploying/"),
    ("Write the image of a service with its host: ghcr.io/acme/app:1.4. Without a host Docker asks Docker Hub.",
     "https://docs.docker.com/reference/cli/docker/image/tag/"),
)
ROTATION = Rotation(
    Step("Make a second token or robot account with the same right to pull, where the first was made: the pages stand in the "
         "steps above. An Azure token has two passwords for this, an AWS user two access keys."),
    Step("Delete or deactivate the old one on the same page."),
    "Where a node or a pipeline signs in with the same token, give it one of its own first: it would stop with the old one.")
